/** While a page is visible, it keeps two of the six connections that a browser opens to an HTTP/1.1 host. */
export const LONG_TRANSFERS_WHILE_VISIBLE = 4;
/** For all sessions together: each transfer holds up to 128 MiB that are not yet on disk. */
export const LONG_TRANSFERS = 16;
export const CONNECTIONS = 64;
