/** Why a request was never sent: the worker's Content-Security-Policy, or mixed content. */
export class ForbiddenByPolicy extends Error {}
