// The one table of settings: key in the file, flag, environment variable, shape, default and meaning.
// config.ts reads it, `plimsoll config` and the configuration reference print it; nothing else names a setting.

/** Text that cannot be used; the message is the second half of "… ; it must be …". */
export type Reading<T> = { readonly value: T } | { readonly must: string };

export interface Setting<T> {
  /** In the YAML file; a dot is a level: `log.level`. */
  readonly key: string;
  readonly flag: string;
  readonly env: string;
  /** As a person would write it; absent where not setting it means something of its own. */
  readonly fallback?: string;
  readonly meaning: string;
  /** Never printed. */
  readonly isSecret?: true;
  readonly read: (text: string) => Reading<T>;
}

export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export const settings = Object.freeze({
  data: setting({
    key: 'data',
    flag: '--data',
    env: 'PLIMSOLL_DATA',
    // Beside the clone or the command, where whoever ran `npm start` sees it and can delete it.
    fallback: 'data',
    meaning: 'Folder that holds everything the server keeps: database, blobs, advisories.',
    read: readText,
  }),
  listen: setting({
    key: 'listen',
    flag: '--listen',
    env: 'PLIMSOLL_LISTEN',
    fallback: '127.0.0.1:1876',
    meaning: 'Address to listen on, HOST:PORT; port 0 takes any free port.',
    read: readAddress,
  }),
  publicUrl: setting({
    key: 'public_url',
    flag: '--public-url',
    env: 'PLIMSOLL_PUBLIC_URL',
    meaning: 'What clients reach the server as, e.g. https://images.example.org; needed behind a proxy.',
    read: readOrigin,
  }),
  adminPassword: setting({
    key: 'admin_password',
    flag: '--admin-password',
    env: 'PLIMSOLL_ADMIN_PASSWORD',
    meaning: 'Password of the first administrator, admin, on the very first start; generated where absent.',
    isSecret: true,
    read: readPassword,
  }),
  advisoriesFolder: setting({
    key: 'advisories.folder',
    flag: '--advisories',
    env: 'PLIMSOLL_ADVISORIES',
    meaning:
      'Folder of the advisory store; the server’s default is inside its data, the commands’ in the cache.',
    read: readText,
  }),
  advisoriesSource: setting({
    key: 'advisories.source',
    flag: '--advisories-source',
    env: 'PLIMSOLL_ADVISORIES_SOURCE',
    meaning: 'Folder or mirror to read feeds from, instead of their public addresses.',
    read: readText,
  }),
  advisoriesRefresh: setting<'daily' | 'off'>({
    key: 'advisories.refresh',
    flag: '--advisories-refresh',
    env: 'PLIMSOLL_ADVISORIES_REFRESH',
    fallback: 'daily',
    meaning: 'How often the server refreshes its advisories: daily or off.',
    read: (text) => readChoice(text, ['daily', 'off']),
  }),
  logLevel: setting<'debug' | 'notice' | 'warn' | 'error'>({
    key: 'log.level',
    flag: '--log-level',
    env: 'PLIMSOLL_LOG_LEVEL',
    fallback: 'notice',
    meaning: 'What is logged: debug, notice, warn or error, and what is graver.',
    read: (text) => readChoice(text, ['debug', 'notice', 'warn', 'error']),
  }),
  logFormat: setting<'auto' | 'text' | 'json'>({
    key: 'log.format',
    flag: '--log-format',
    env: 'PLIMSOLL_LOG_FORMAT',
    fallback: 'auto',
    meaning: 'How it is logged: text for people, json for machines, auto: text on a terminal.',
    read: (text) => readChoice(text, ['auto', 'text', 'json']),
  }),
  webhooksPrivate: setting<'on' | 'off'>({
    key: 'webhooks.private',
    flag: '--webhooks-private',
    env: 'PLIMSOLL_WEBHOOKS_PRIVATE',
    fallback: 'off',
    meaning: 'Whether webhooks may be posted to private and loopback addresses, and through the proxy.',
    read: (text) => readChoice(text, ['on', 'off']),
  }),
  insecureRegistries: setting({
    key: 'insecure_registries',
    flag: '--insecure-registries',
    env: 'PLIMSOLL_INSECURE_REGISTRIES',
    meaning: 'Registries to speak plain HTTP to, HOST[:PORT] divided by commas; loopback always may.',
    read: readList,
  }),
});

export type SettingName = keyof typeof settings;
export type SettingValue<N extends SettingName> = (typeof settings)[N] extends Setting<infer T> ? T : never;

function setting<T>(row: Setting<T>): Setting<T> {
  return Object.freeze(row);
}

function readText(text: string): Reading<string> {
  return text.trim() === '' || text.includes('\0') ? { must: 'be a path or an address' } : { value: text };
}

function readPassword(text: string): Reading<string> {
  // NIST SP 800-63B §3.1.1.2: at least 8 characters; any more rules make worse passwords.
  return [...text].length < 8 ? { must: 'have at least 8 characters' } : { value: text };
}

function readAddress(text: string): Reading<Address> {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):([0-9]{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || port > 65_535) return { must: 'be HOST:PORT, as 127.0.0.1:1876 or [::1]:1876' };
  return { value: { host, port } };
}

function readOrigin(text: string): Reading<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    url !== undefined &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '';
  return isOrigin ? { value: url.origin } : { must: 'be https://HOST[:PORT] without a path' };
}

function readChoice<T extends string>(text: string, choices: readonly T[]): Reading<T> {
  const value = choices.find((choice) => choice === text);
  return value === undefined ? { must: `be one of ${choices.join(', ')}` } : { value };
}

function readList(text: string): Reading<readonly string[]> {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items.every((item) => /^[A-Za-z0-9.:[\]-]+$/.test(item))
    ? { value: items }
    : { must: 'be HOST[:PORT] divided by commas' };
}
