/** "21 s left", "3 min left", "2 h 5 min left" */
export function timeLeftWords(seconds: number): string {
  return `${durationWords(Math.ceil(seconds))} left`;
}

function durationWords(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
