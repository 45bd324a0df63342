import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import send from "send";
import { startServer } from "../../../server/server.ts";
import { freePort } from "../free-port.ts";

/** A server that serves the files of a directory. */
export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** How it tells versions apart and treats conditions; docs/reliability.md has the same table. */
export interface Habits {
  /** Its `ETag` of a file, of one written in this second, and of a text that it compresses on request. */
  readonly etag: "strong" | "weak";
  readonly freshETag: "strong" | "weak";
  readonly codedETag: "strong" | "weak" | "not coded";
  /** Whether two versions of one length that were written in the same second have the same `ETag`. */
  readonly hasETagOfSecond: boolean;
  /** The status of a range with `If-Range`: its own date, a later one, its tag made weak, another tag. */
  readonly ifDate: number;
  readonly ifLaterDate: number;
  readonly ifWeak: number;
  readonly ifOther: number;
  /** Whether the answer to a range beyond the end gives the length of the file. */
  readonly saysTotalIn416: boolean;
  /** The status for `bytes=0-` of an empty file. */
  readonly empty: number;
}

export interface RealServer {
  readonly name: string;
  /** The system program that it is; absent for those from npm. */
  readonly program?: string;
  readonly habits: Habits;
  /** How long it answers with cached metadata after a file was written. */
  readonly staleMs?: number;
  /** Whether it has a path without range support. */
  readonly hasNoRanges?: true;
  start(directory: string): Promise<RunningServer>;
}

/** The servers that serve most of the web's files, each with its defaults: no header is set, nothing is tuned. */
const REAL_SERVERS: readonly RealServer[] = [
  {
    name: "send",
    habits: {
      etag: "weak",
      freshETag: "weak",
      codedETag: "not coded",
      hasETagOfSecond: false,
      ifDate: 206,
      ifLaterDate: 206,
      ifWeak: 206,
      ifOther: 200,
      saysTotalIn416: true,
      empty: 416,
    },
    async start(root) {
      const server = createServer(({ method = "GET", headers, url = "/" }, response) => {
        send({ method, headers }, url, { root }).pipe(response);
      });
      await once(server.listen(0, "127.0.0.1"), "listening");
      const stop = async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      };
      return { port: (server.address() as AddressInfo).port, stop };
    },
  },
  {
    name: "our own",
    habits: {
      etag: "strong",
      freshETag: "strong",
      codedETag: "not coded",
      hasETagOfSecond: false,
      ifDate: 206,
      ifLaterDate: 206,
      ifWeak: 206,
      ifOther: 200,
      saysTotalIn416: true,
      empty: 416,
    },
    async start(directory) {
      const server = await startServer({ staticDirs: [directory] });
      return { port: Number(new URL(server.origin).port), stop: () => server.close() };
    },
  },
  {
    name: "nginx",
    program: "nginx",
    habits: {
      etag: "strong",
      freshETag: "strong",
      codedETag: "weak",
      hasETagOfSecond: true,
      ifDate: 206,
      ifLaterDate: 200,
      ifWeak: 200,
      ifOther: 200,
      saysTotalIn416: true,
      empty: 200,
    },
    hasNoRanges: true,
    start: (directory) =>
      startProgram("nginx", (place, port) => ({
        files: { "nginx.conf": nginxConf(directory, place, port) },
        args: ["-p", place, "-e", "stderr", "-c", join(place, "nginx.conf")],
      })),
  },
  {
    name: "Apache httpd",
    program: "apache2",
    habits: {
      etag: "strong",
      freshETag: "weak",
      codedETag: "strong",
      hasETagOfSecond: false,
      ifDate: 206,
      ifLaterDate: 200,
      ifWeak: 200,
      ifOther: 200,
      saysTotalIn416: false,
      empty: 200,
    },
    hasNoRanges: true,
    start: (directory) =>
      startProgram("apache2", (place, port) => ({
        files: { "apache2.conf": apacheConf(directory, place, port), "mime.types": "text/plain txt\n" },
        args: ["-D", "FOREGROUND", "-f", join(place, "apache2.conf")],
      })),
  },
  {
    name: "lighttpd",
    program: "lighttpd",
    // Debian packages its compression module separately.
    habits: {
      etag: "strong",
      freshETag: "strong",
      codedETag: "not coded",
      hasETagOfSecond: false,
      ifDate: 206,
      ifLaterDate: 200,
      ifWeak: 200,
      ifOther: 200,
      saysTotalIn416: false,
      empty: 200,
    },
    // It looks at a file once in each second of its clock, which it reads before it waits for a request.
    staleMs: 1_010,
    start: (directory) =>
      startProgram("lighttpd", (place, port) => ({
        files: { "lighttpd.conf": lighttpdConf(directory, port) },
        args: ["-D", "-f", join(place, "lighttpd.conf")],
      })),
  },
  {
    name: "Caddy",
    program: "caddy",
    habits: {
      etag: "strong",
      freshETag: "strong",
      codedETag: "strong",
      hasETagOfSecond: true,
      ifDate: 206,
      ifLaterDate: 200,
      ifWeak: 200,
      ifOther: 200,
      saysTotalIn416: true,
      empty: 416,
    },
    start: (directory) =>
      startProgram("caddy", (place, port) => ({
        files: { Caddyfile: caddyfile(directory, port) },
        args: ["run", "--config", join(place, "Caddyfile"), "--adapter", "caddyfile"],
      })),
  },
];

/** The servers that can be started here; on CI all of them. The log says which are skipped. */
export function installedServers(): readonly RealServer[] {
  return REAL_SERVERS.filter(({ name, program }) => {
    if (program === undefined || isInstalled(program)) return true;
    if (process.env.CI !== undefined) throw new Error(`${name} is not installed; its tests need it.`);
    console.log(`${name} is not installed: its tests are skipped.`);
    return false;
  });
}

/** Debian keeps daemons where only root looks for programs. */
const SYSTEM_PATHS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

function isInstalled(program: string): boolean {
  return pathsOf(process.env.PATH).some((path) => existsSync(join(path, program)));
}

function pathsOf(path = ""): string[] {
  return [...path.split(delimiter), ...SYSTEM_PATHS];
}

interface Setup {
  /** The files, by their names in the server's own directory. */
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

async function startProgram(
  program: string,
  setupAt: (place: string, port: number) => Setup,
): Promise<RunningServer> {
  const place = await mkdtemp(join(tmpdir(), `${program}-`));
  // Apache's worker processes run as another user if it is started by root.
  await chmod(place, 0o755);
  const port = await freePort();
  const { files, args } = setupAt(place, port);
  for (const [name, text] of Object.entries(files)) await writeFile(join(place, name), text);
  const path = pathsOf(process.env.PATH).join(delimiter);
  const env = { ...process.env, PATH: path, HOME: place, XDG_DATA_HOME: place, XDG_CONFIG_HOME: place };
  const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const stop = async () => {
    process.off("exit", kill);
    await end(child);
    await rm(place, { recursive: true, force: true });
  };
  try {
    await untilListening(child, port);
  } catch (error) {
    await stop();
    throw new Error(`${program} does not start: ${said}`, { cause: error });
  }
  return { port, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, "exit");
  child.kill("SIGTERM");
  await over;
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let count = 0; count < 200; count += 1) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (await canConnect(port)) return;
    await delay(50);
  }
  throw new Error("nothing listens on its port");
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
    socket.once("connect", () => socket.destroy());
  });
}

function nginxConf(directory: string, place: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
pid ${place}/nginx.pid;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${place}/${name};`).join("\n  ")}
  types { text/plain txt; }
  default_type application/octet-stream;
  gzip on;
  gzip_types text/plain;
  server {
    listen 127.0.0.1:${port};
    root ${directory};
    location /no-ranges/ { alias ${directory}/; max_ranges 0; }
  }
}
`;
}

function apacheConf(directory: string, place: string, port: number): string {
  const modules = ["mpm_event", "authz_core", "mime", "alias", "filter", "deflate"];
  const isRoot = process.getuid?.() === 0;
  return `
ServerRoot ${place}
DefaultRuntimeDir ${place}
PidFile ${place}/apache2.pid
ServerName localhost
Listen 127.0.0.1:${port}
${isRoot ? "User www-data\nGroup www-data" : ""}
ErrorLog ${place}/error.log
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
TypesConfig ${place}/mime.types
DocumentRoot ${directory}
Alias /no-ranges/ ${directory}/
<Directory ${directory}>
  Require all granted
</Directory>
<Location /no-ranges/>
  MaxRanges none
</Location>
AddOutputFilterByType DEFLATE text/plain
`;
}

function lighttpdConf(directory: string, port: number): string {
  return `
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${directory}"
server.modules = ("mod_staticfile")
mimetype.assign = (".txt" => "text/plain", "" => "application/octet-stream")
`;
}

function caddyfile(directory: string, port: number): string {
  return `
{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  root * ${directory}
  encode gzip
  file_server
}
`;
}
