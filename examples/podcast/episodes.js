/**
 * What there is to hear and see. Page and worker share this list, so that both know where a download is placed: a cache is
 * enough for most; long recordings and films go to the origin private file system, which keeps no type.
 */
export const EPISODES = [
  {
    id: "tones",
    title: "Tones",
    url: at("episodes/tones.wav"),
    type: "audio/wav",
    destination: { cache: "episodes" },
  },
  {
    id: "recording",
    title: "A long recording",
    url: at("episodes/recording.wav"),
    type: "audio/wav",
    destination: { opfs: "episodes/recording.wav" },
  },
  {
    id: "film-mp4",
    title: "A film (MP4)",
    url: at("episodes/film.mp4"),
    type: "video/mp4",
    destination: { opfs: "episodes/film.mp4" },
  },
  {
    id: "film-webm",
    title: "A film (WebM)",
    url: at("episodes/film.webm"),
    type: "video/webm",
    destination: { cache: "episodes" },
  },
];

function at(path) {
  return new URL(path, import.meta.url).href;
}
