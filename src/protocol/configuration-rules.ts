import { checkedProperties, type Rule, type Rules } from "./checked-properties.ts";
import { isRecord, isShortString } from "./checks.ts";
import {
  DEFAULT_CONFIGURATION,
  type GroupNotification,
  type NotificationConfiguration,
  type RetryConfiguration,
  type SessionConfiguration,
  type StoredConfiguration,
} from "./configuration.ts";
import { checkSecrets } from "./secret-headers.ts";
import { ANYTHING, oneOf, type Shape } from "./shape.ts";

export const STRING: Rule = ["a string", ""];
export const BOOLEAN: Rule = ["a boolean", true];
const NUMBER_FROM_0: Rule = ["a number from 0 upwards", 0];
export const POSITIVE: readonly [string, Shape] = [
  "a number greater than 0",
  (value) => typeof value === "number" && value > 0,
];

const isStatus: Shape = (value) => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599;

export const STATUSES: Rule = [
  "an array of HTTP statuses, from 200 to 599",
  [isStatus],
  (value: number[]) => [...value],
];

const RETRY_RULES: Rules<keyof RetryConfiguration> = {
  limit: NUMBER_FROM_0,
  unsafe: BOOLEAN,
};

export const RETRY: Rule = [
  "{ limit?, unsafe? }",
  isRecord,
  (value: RetryConfiguration, name) => ({
    ...DEFAULT_CONFIGURATION.retry,
    ...checkedProperties(value, RETRY_RULES, `${name}.`),
  }),
];

const ADDRESS: Rule = [
  "a URL",
  (value) => typeof value === "string" && URL.canParse(value, "https://scope.example/"),
];

const NOTIFICATION_RULES: Rules<keyof NotificationConfiguration> = {
  title: ["a string that is not empty", (value) => typeof value === "string" && value !== ""],
  failureTitle: STRING,
  body: STRING,
  icon: ADDRESS,
  tag: STRING,
  url: ADDRESS,
};

export const NOTIFICATION: Rule = [
  "{ title, failureTitle?, body?, icon?, tag?, url? }",
  isRecord,
  (value: NotificationConfiguration, name) =>
    checkedProperties({ ...value, title: value.title ?? "" }, NOTIFICATION_RULES, `${name}.`),
];

/** For each name an object with some of these properties. */
function byName(rules: Rules): Rule {
  const properties = Object.keys(rules).map((name) => `${name}?`);
  return [
    `{ [name]: { ${properties.join(", ")} } }`,
    (value) =>
      isRecord(value) &&
      !(value instanceof Map) &&
      Object.entries(value).every(([name, one]) => isShortString(name) && isRecord(one)),
    (value: object, name) =>
      Object.fromEntries(
        Object.entries(value).map(([key, one]) => [key, checkedProperties(one, rules, `${name}.${key}.`)]),
      ),
  ];
}

const TITLE: Rule = NOTIFICATION_RULES.title;

const GROUP_NOTIFICATION: Rule = [
  "{ title, doneTitle?, cancelTitle?, body?, icon?, url? }",
  isRecord,
  (value: GroupNotification, name) =>
    checkedProperties(
      { ...value, title: value.title ?? "" },
      { title: TITLE, doneTitle: TITLE, cancelTitle: TITLE, body: STRING, icon: ADDRESS, url: ADDRESS },
      `${name}.`,
    ),
];

const CONFIGURATION_RULES: Rules<keyof StoredConfiguration> = {
  timeoutIntervalForRequest: POSITIVE,
  timeoutIntervalForResource: POSITIVE,
  httpMaximumConnectionsPerHost: POSITIVE,
  httpMaximumConnectionsPerMultiplexedHost: NUMBER_FROM_0,
  maximumConnections: POSITIVE,
  minimumStartInterval: NUMBER_FROM_0,
  minimumProgressInterval: [
    "a number from 0.1 to 60",
    (value) => typeof value === "number" && value >= 0.1 && value <= 60,
  ],
  maximumDownloadRate: [
    "an integer from 16384 upwards, or 0",
    (value) => value === 0 || (Number.isSafeInteger(value) && Number(value) >= 16_384),
  ],
  queues: byName({ onFailure: ['"continue", "hold" or "cancel"', oneOf("continue", "hold", "cancel")] }),
  groups: byName({ maximumConnections: POSITIVE, notification: GROUP_NOTIFICATION }),
  httpAdditionalHeaders: ["header names and their values", ANYTHING, checkedHeaders],
  allowsExpensiveNetworkAccess: BOOLEAN,
  allowsConstrainedNetworkAccess: BOOLEAN,
  isDiscretionary: BOOLEAN,
  sessionSendsLaunchEvents: BOOLEAN,
  retry: RETRY,
  transport: ['"auto", "worker" or "background-fetch"', oneOf("auto", "worker", "background-fetch")],
  waitStatuses: STATUSES,
  challengeStatuses: STATUSES,
  notifications: NOTIFICATION,
  retention: POSITIVE,
  keepsHistory: BOOLEAN,
  secretHeaders: [
    "an array of header names",
    [""],
    (value: string[]) => value.map((name) => name.toLowerCase()),
  ],
  storeCredentials: BOOLEAN,
};

/**
 * Returns `configuration` copied, checked and with its defaults.
 * @throws TypeError for an unknown property or a value of the wrong type or range
 */
export function storedConfiguration(configuration: SessionConfiguration): StoredConfiguration {
  if (!isRecord(configuration as unknown)) throw new TypeError("configuration must be an object.");
  const stored = {
    ...DEFAULT_CONFIGURATION,
    ...checkedProperties(
      configuration,
      CONFIGURATION_RULES,
      "configuration.",
      "a property of SessionConfiguration",
    ),
  };
  checkSecrets(stored.httpAdditionalHeaders, stored);
  return stored;
}

/** @throws TypeError if they are none */
export function headersOf(value: HeadersInit, name: string): Headers {
  try {
    return new Headers(value);
  } catch (cause) {
    throw new TypeError(`${name} must be header names and their values.`, { cause });
  }
}

function checkedHeaders(value: HeadersInit, name: string): Record<string, string> {
  const headers = headersOf(value, name);
  // A request drops the names that belong to the browser (Cookie, Host, Content-Length …) without a word.
  const kept = new Request("https://a.invalid/", { headers }).headers;
  const dropped = [...headers.keys()].find((header) => !kept.has(header));
  if (dropped === undefined) return Object.fromEntries(headers);
  throw new TypeError(`${name} must not name "${dropped}": the browser itself sets that header.`);
}
