/** The place of a finished download, which is then not delivered as a file. */
export type Destination =
  | {
      /** The name of a Cache, 1 to 1,024 characters. It is made if it does not exist. */
      cache: string;
      /**
       * The URL under which the response is stored: http or https, without credentials. It resolves like a request, and
       * has no fragment. @default the URL of the request
       */
      key?: string;
      /** Response headers that replace those of the server, or are added to them. `Vary` is left out. @default {} */
      headers?: Readonly<Record<string, string>>;
    }
  | {
      /**
       * A path in the origin private file system, 1 to 1,024 characters: names separated by "/", each at most 255 bytes in
       * UTF-8. Directories are made if they do not exist, and a file of that name is replaced.
       */
      opfs: string;
    };
