import { respondFrom } from "../../src/media/index.ts";
import { EPISODE } from "./episode.ts";

/** Answers the player from the download, with ranges, so that it can seek; undefined for other requests. */
export function episodeAnswer(request: Request): Promise<Response> | undefined {
  if (request.url !== new URL(EPISODE.path, location.href).href || request.destination !== "audio")
    return undefined;
  const headers = { "content-type": EPISODE.type };
  return respondFrom(EPISODE.destination, request, { headers }).then((answer) => answer ?? fetch(request));
}
