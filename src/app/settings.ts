// The one table of settings: key in the file, flag, environment variable, shape, default and meaning.
// config.ts reads it, `plimsoll config` and the configuration reference print it; nothing else names a setting.
import { sendfile } from './hand-over-setting.ts';
import { createKeySettings } from './key-settings.ts';
import { limitSettings } from './limit-settings.ts';
import { markSettings } from './mark-settings.ts';
import { createPartsSettings, partFolder } from './parts-settings.ts';
import { patienceSettings } from './patience-settings.ts';
import type { Reading, Setting } from './setting.ts';
import { createStorageSettings } from './storage-settings.ts';
import { tlsSettings } from './tls-settings.ts';
import { trustSettings } from './trust-settings.ts';
import { witnessSettings } from './witness-settings.ts';
import { workers } from './worker-setting.ts';

export type { Reading, Setting } from './setting.ts';

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
  proxyTrusted: setting<'on' | 'off'>({
    key: 'proxy.trusted',
    flag: '--proxy-trusted',
    env: 'PLIMSOLL_PROXY_TRUSTED',
    fallback: 'off',
    meaning:
      'Whether an own proxy stands in front and writes X-Forwarded-For, -Proto and -Host; else clients could write them.',
    read: (text) => readChoice(text, ['on', 'off']),
  }),
  issuers: setting({
    key: 'issuers',
    flag: '--issuers',
    env: 'PLIMSOLL_ISSUERS',
    fallback: 'https://token.actions.githubusercontent.com,https://gitlab.com',
    meaning:
      'OpenID Connect issuers whose CI jobs repositories may trust to push, and whose tokens are taken for signing certificates, as they say in `iss`, divided by commas; plain http on loopback and for insecure_registries alone.',
    read: readIssuers,
  }),
  oidcIssuer: setting({
    key: 'oidc.issuer',
    flag: '--oidc-issuer',
    env: 'PLIMSOLL_OIDC_ISSUER',
    meaning:
      'OpenID Connect provider at which people sign in with a browser, e.g. https://login.example.org.',
    read: readIssuer,
  }),
  oidcClientId: setting({
    key: 'oidc.client_id',
    flag: '--oidc-client-id',
    env: 'PLIMSOLL_OIDC_CLIENT_ID',
    fallback: 'plimsoll',
    meaning: 'What this server is called there; its redirect address is PUBLIC_URL/api/v1/sign-in/callback.',
    read: readToken,
  }),
  oidcClientSecret: setting({
    key: 'oidc.client_secret',
    flag: '--oidc-client-secret',
    env: 'PLIMSOLL_OIDC_CLIENT_SECRET',
    meaning: 'This server’s secret there; without one it is a public client, with PKCE alone.',
    isSecret: true,
    read: readToken,
  }),
  oidcSignUp: setting<'on' | 'off'>({
    key: 'oidc.sign_up',
    flag: '--oidc-sign-up',
    env: 'PLIMSOLL_OIDC_SIGN_UP',
    fallback: 'off',
    meaning:
      'Whether the first sign-in of somebody makes an account of the name that the provider gives; else an administrator links each.',
    read: (text) => readChoice(text, ['on', 'off']),
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
  policy: setting({
    key: 'policy',
    flag: '--policy',
    env: 'PLIMSOLL_POLICY',
    meaning:
      'Policy file that images are judged by; without it the server takes the standard policy, a command plimsoll.yaml in its folder before that.',
    read: readText,
  }),
  advisoriesPublish: setting<'on' | 'off'>({
    key: 'advisories.publish',
    flag: '--advisories-publish',
    env: 'PLIMSOLL_ADVISORIES_PUBLISH',
    fallback: 'on',
    meaning: 'Whether anybody may pull the server’s advisories from its own registry, plimsoll/advisories.',
    read: (text) => readChoice(text, ['on', 'off']),
  }),
  cacheLayers: setting({
    key: 'cache.layers',
    flag: '--cache-layers',
    env: 'PLIMSOLL_CACHE_LAYERS',
    fallback: '2GiB',
    meaning:
      'Room for what was read of layers, so that none is read twice: bytes, or with KiB, MiB, GiB; 0 keeps nothing. In the user’s cache, the server’s in its data.',
    read: readSize,
    format: formatSize,
  }),
  instance: setting({
    key: 'instance',
    flag: '--instance',
    env: 'PLIMSOLL_INSTANCE',
    meaning:
      'Plimsoll instance that the commands ask which known images lie below an image, e.g. https://images.example.org; only digests of layers are sent.',
    read: readOrigin,
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
  forgeToken: setting({
    key: 'forge_token',
    flag: '--forge-token',
    env: 'PLIMSOLL_FORGE_TOKEN',
    meaning: 'Token of GitHub, GitLab or Forgejo with which `plimsoll comment` writes.',
    isSecret: true,
    read: readToken,
  }),
  registrySparse: setting<'accept' | 'refuse'>({
    key: 'registry.sparse',
    flag: '--registry-sparse',
    env: 'PLIMSOLL_REGISTRY_SPARSE',
    fallback: 'accept',
    meaning:
      'What becomes of a pushed image of which blobs are missing: accept keeps it and warns, refuse answers MANIFEST_BLOB_UNKNOWN.',
    read: (text) => readChoice(text, ['accept', 'refuse']),
  }),
  registrySentinel: setting<'log' | 'hold' | 'off'>({
    key: 'registry.sentinel',
    flag: '--registry-sentinel',
    env: 'PLIMSOLL_REGISTRY_SENTINEL',
    fallback: 'log',
    meaning:
      'What becomes of a push that would move a tag suspiciously: log says so and moves it, hold keeps the tag where it is until its owner confirms, off judges nothing.',
    read: (text) => readChoice(text, ['log', 'hold', 'off']),
  }),
  registryGrace: setting({
    key: 'registry.grace',
    flag: '--registry-grace',
    env: 'PLIMSOLL_REGISTRY_GRACE',
    fallback: '24h',
    meaning:
      'How long bytes that nothing needs are kept, and how long what was deleted can be undeleted: minutes, hours or days, as 30m, 24h or 7d.',
    read: readDuration,
    format: formatDuration,
  }),
  registryProve: setting({
    key: 'registry.prove',
    flag: '--registry-prove',
    env: 'PLIMSOLL_REGISTRY_PROVE',
    fallback: '24h',
    meaning:
      'A blob whose digest was last checked longer ago than this is checked while it is sent; 0m checks every time.',
    read: readDuration,
    format: formatDuration,
  }),
  registryScrub: setting({
    key: 'registry.scrub',
    flag: '--registry-scrub',
    env: 'PLIMSOLL_REGISTRY_SCRUB',
    fallback: '16MiB',
    meaning: 'Bytes a second that are read in the background to prove what is stored; 0 reads nothing.',
    read: readSize,
    format: formatSize,
  }),
  registrySendfile: sendfile,
  ...markSettings,
  workers,
  ...createStorageSettings({ read: readSize, format: formatSize }),
  ...createKeySettings({ read: readDuration, format: formatDuration }),
  ...limitSettings,
  ...patienceSettings,
  ...tlsSettings,
  ...createPartsSettings({ read: readAddress }),
  ...witnessSettings,
  ...trustSettings,
  partFolder,
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

function readToken(text: string): Reading<string> {
  // Secrets that are read from files end with a line feed; anything else that is no header value is a mistake.
  const token = text.trim();
  return /^[\x21-\x7e]{1,4096}$/.test(token)
    ? { value: token }
    : { must: 'be a token: one word of at most 4096 ASCII characters' };
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

const SIZE_UNITS: readonly (readonly [string, number])[] = Object.freeze([
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
  ['', 1],
]);

function readSize(text: string): Reading<number> {
  const parts = /^([0-9]{1,15}) ?([KMGT]iB)?$/.exec(text);
  const unit = SIZE_UNITS.find(([name]) => name === (parts?.[2] ?? ''));
  const value = Number(parts?.[1]) * (unit?.[1] ?? 1);
  return Number.isSafeInteger(value) ? { value } : { must: 'be bytes, as 500MiB, 2GiB or 0' };
}

/** In the largest unit of which it is a whole number. */
function formatSize(sizeBytes: number): string {
  const [name, unitBytes] = SIZE_UNITS.find(([, one]) => sizeBytes > 0 && sizeBytes % one === 0) ?? ['', 1];
  return `${sizeBytes / unitBytes}${name}`;
}

const DURATION_UNITS: readonly (readonly [string, number])[] = Object.freeze([
  ['d', 24 * 60 * 60 * 1000],
  ['h', 60 * 60 * 1000],
  ['m', 60 * 1000],
]);

/** Milliseconds. */
function readDuration(text: string): Reading<number> {
  const parts = /^([0-9]{1,6})([dhm])$/.exec(text);
  const unit = DURATION_UNITS.find(([name]) => name === parts?.[2]);
  return unit === undefined
    ? { must: 'be minutes, hours or days, as 30m, 24h or 7d' }
    : { value: Number(parts?.[1]) * unit[1] };
}

/** In the largest unit of which it is a whole number. */
function formatDuration(durationMs: number): string {
  const [name, unitMs] = DURATION_UNITS.find(([, one]) => durationMs > 0 && durationMs % one === 0) ?? [
    'm',
    60_000,
  ];
  return `${durationMs / unitMs}${name}`;
}

function readChoice<T extends string>(text: string, choices: readonly T[]): Reading<T> {
  const value = choices.find((choice) => choice === text);
  return value === undefined ? { must: `be one of ${choices.join(', ')}` } : { value };
}

function readIssuer(text: string): Reading<string> {
  const reading = readIssuers(text);
  if ('must' in reading || reading.value.length !== 1)
    return { must: 'be an address as https://login.example.org' };
  return { value: reading.value[0] as string };
}

/** Kept as they are spelled: a token's `iss` has to be the same text. */
function readIssuers(text: string): Reading<readonly string[]> {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const isIssuer = (item: string): boolean => {
    const url = URL.canParse(item) ? new URL(item) : undefined;
    const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
    return isWeb && url?.username === '' && url.search === '' && url.hash === '';
  };
  return items.every(isIssuer)
    ? { value: items }
    : { must: 'be addresses as https://gitlab.com, divided by commas' };
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
