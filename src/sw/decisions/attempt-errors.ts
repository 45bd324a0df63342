/** The task does not want the bytes any more: it was cancelled, replaced or deleted. */
export class Unwanted extends Error {}

/** The request was never sent: the worker's Content-Security-Policy or mixed content forbids it. */
export class ForbiddenByPolicy extends Error {}
