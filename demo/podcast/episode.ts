/** Page and worker share it, so that both know where the download is placed. */
export const EPISODE = {
  title: "A minute of bells",
  path: "/files/melody-2MB.wav?throttle=400KB",
  type: "audio/wav",
  destination: { cache: "episodes" },
} as const;
