// What is configured, and where it came from: flag, then environment, then one YAML file, then default.
// The only file that reads the environment. A key that nobody knows or a value that cannot be read is an
// error that names its place; nothing is silently replaced by a default.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { HttpDeps } from '../io/net/fetch.ts';
import type { Given } from './config-file.ts';
import { appErrors } from './errors.ts';
import { type Setting, type SettingName, type SettingValue, settings } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

type Values = { readonly [N in SettingName]: SettingValue<N> | undefined };

export interface Config
  extends Omit<
    Values,
    | 'data'
    | 'listen'
    | 'advisoriesRefresh'
    | 'advisoriesPublish'
    | 'cacheLayers'
    | 'logLevel'
    | 'logFormat'
    | 'webhooksPrivate'
    | 'registrySparse'
    | 'registrySentinel'
    | 'registryGrace'
    | 'registryProve'
    | 'registryScrub'
    | 'registrySendfile'
    | 'storageReserve'
    | 'proxyTrusted'
    | 'issuers'
    | 'oidcClientId'
    | 'oidcSignUp'
    | 'metrics'
    | 'limitsConnections'
    | 'limitsHead'
    | 'keysOverlap'
    | 'keysOverlapPinned'
    | 'keysMaxAgeSigning'
    | 'keysMaxAgeRoot'
    | 'keysMaxAgeToken'
    | 'limitsIdle'
    | 'limitsPace'
  > {
  /** Absolute. */
  readonly data: string;
  readonly listen: SettingValue<'listen'>;
  readonly advisoriesRefresh: SettingValue<'advisoriesRefresh'>;
  readonly advisoriesPublish: SettingValue<'advisoriesPublish'>;
  /** Bytes; 0: none is kept. */
  readonly cacheLayers: SettingValue<'cacheLayers'>;
  readonly logLevel: SettingValue<'logLevel'>;
  readonly logFormat: SettingValue<'logFormat'>;
  readonly webhooksPrivate: SettingValue<'webhooksPrivate'>;
  readonly registrySparse: SettingValue<'registrySparse'>;
  readonly registrySentinel: SettingValue<'registrySentinel'>;
  /** Milliseconds. */
  readonly registryGrace: SettingValue<'registryGrace'>;
  /** Milliseconds. */
  readonly registryProve: SettingValue<'registryProve'>;
  /** Bytes a second; 0: nothing is scrubbed. */
  readonly registryScrub: SettingValue<'registryScrub'>;
  readonly registrySendfile: SettingValue<'registrySendfile'>;
  /** Bytes; 0: none. */
  readonly storageReserve: SettingValue<'storageReserve'>;
  readonly proxyTrusted: SettingValue<'proxyTrusted'>;
  readonly issuers: SettingValue<'issuers'>;
  readonly oidcClientId: SettingValue<'oidcClientId'>;
  readonly oidcSignUp: SettingValue<'oidcSignUp'>;
  readonly metrics: SettingValue<'metrics'>;
  /** Milliseconds, as the ages below. */
  readonly keysOverlap: SettingValue<'keysOverlap'>;
  readonly keysOverlapPinned: SettingValue<'keysOverlapPinned'>;
  readonly keysMaxAgeSigning: SettingValue<'keysMaxAgeSigning'>;
  readonly keysMaxAgeRoot: SettingValue<'keysMaxAgeRoot'>;
  readonly keysMaxAgeToken: SettingValue<'keysMaxAgeToken'>;
  readonly limitsConnections: SettingValue<'limitsConnections'>;
  /** Milliseconds. */
  readonly limitsHead: SettingValue<'limitsHead'>;
  /** Milliseconds. */
  readonly limitsIdle: SettingValue<'limitsIdle'>;
  readonly limitsPace: SettingValue<'limitsPace'>;
  readonly origins: Readonly<Record<SettingName, string>>;
}

/** Where this user's things are, by the rules of docker, podman and the XDG base directories. */
export interface Places {
  readonly home: string;
  /** For those who look for other programs' files and helpers (docker's and podman's logins). */
  readonly env: Environment;
  readonly cacheFolder: string;
  /** What must not be lost without being noticed, unlike a cache: what was seen of tag logs. */
  readonly stateFolder: string;
  /** As curl and Go read them: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in either case. */
  readonly proxy: NonNullable<HttpDeps['proxy']>;
  /** Whether colour is wished for: undefined where only the terminal decides. */
  readonly colour: boolean | undefined;
}

const NAMES = Object.keys(settings) as SettingName[];

/** The process's environment; the one place that touches it. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * Takes the settings' flags (and `--config`) out of a command line, wherever they stand before `--`.
 * `app.setting_invalid` where a flag lacks its value.
 */
export function takeFlags(argv: readonly string[]): { flags: ReadonlyMap<string, string>; rest: string[] } {
  const known = new Set(['--config', ...NAMES.map((name) => settings[name].flag)]);
  const flags = new Map<string, string>();
  const rest: string[] = [];
  let waiting: string | undefined;
  for (const [at, word] of argv.entries()) {
    if (waiting !== undefined) {
      flags.set(waiting, word);
      waiting = undefined;
      continue;
    }
    if (word === '--') return { flags, rest: [...rest, ...argv.slice(at)] };
    const equals = word.indexOf('=');
    const flag = equals < 0 ? word : word.slice(0, equals);
    if (!known.has(flag)) rest.push(word);
    else if (equals < 0) waiting = flag;
    else flags.set(flag, word.slice(equals + 1));
  }
  if (waiting !== undefined) throw appErrors.setting_invalid(`${waiting} needs a value`);
  return { flags, rest };
}

/** The configuration that holds, or `app.setting_unknown`, `app.setting_invalid`, `app.config_unreadable`. */
export async function readConfig(flags: ReadonlyMap<string, string>, env: Environment): Promise<Config> {
  const file = flags.get('--config') ?? nonEmpty(env.PLIMSOLL_CONFIG);
  const inFile = file === undefined ? new Map<string, Given>() : await readFile(file);
  const values: Partial<Record<SettingName, unknown>> = {};
  const origins = {} as Record<SettingName, string>;
  for (const name of NAMES) {
    const setting: Setting<unknown> = settings[name];
    const given = findSetting(setting, flags, env, inFile);
    origins[name] = given?.origin ?? 'not set';
    if (given === undefined) continue;
    const reading = setting.read(given.text);
    if ('must' in reading) throw unusable(setting, given, reading.must);
    values[name] = reading.value;
  }
  const config = values as unknown as Config;
  return Object.freeze({ ...config, data: resolve(config.data), origins });
}

/** Every setting in the table's order as `plimsoll config` prints it; secrets only say that they are set. */
export function listConfig(config: Config): readonly { key: string; value: string; origin: string }[] {
  return NAMES.map((name) => {
    const { key, isSecret, format = show } = settings[name] as Setting<unknown>;
    const value = config[name];
    return {
      key,
      value: value === undefined ? '' : isSecret ? '(set)' : format(value),
      origin: config.origins[name],
    };
  });
}

export function readPlaces(env: Environment): Places {
  const home = nonEmpty(env.HOME) ?? homedir();
  return {
    home,
    env,
    stateFolder: join(nonEmpty(env.XDG_STATE_HOME) ?? join(home, '.local', 'state'), 'plimsoll'),
    cacheFolder: join(nonEmpty(env.XDG_CACHE_HOME) ?? join(home, '.cache'), 'plimsoll'),
    proxy: readProxy(env),
    colour: wishedColour(env),
  };
}

function readProxy(env: Environment): Places['proxy'] {
  const either = (name: string): string | undefined =>
    nonEmpty(env[name.toLowerCase()]) ?? nonEmpty(env[name]);
  const [http, https, except] = [either('HTTP_PROXY'), either('HTTPS_PROXY'), either('NO_PROXY')];
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(except === undefined ? {} : { except }),
  };
}

function wishedColour(env: Environment): boolean | undefined {
  if (nonEmpty(env.NO_COLOR) !== undefined || env.TERM === 'dumb') return false;
  const forced = nonEmpty(env.FORCE_COLOR);
  return forced === undefined ? undefined : forced !== '0';
}

/** The YAML parser is loaded only where there is a file. */
async function readFile(file: string): Promise<ReadonlyMap<string, Given>> {
  const { readConfigFile } = await import('./config-file.ts');
  return readConfigFile(file);
}

function findSetting(
  setting: Setting<unknown>,
  flags: ReadonlyMap<string, string>,
  env: Environment,
  inFile: ReadonlyMap<string, Given>,
): Given | undefined {
  const flag = flags.get(setting.flag);
  if (flag !== undefined) return { text: flag, origin: setting.flag };
  // An empty variable is an unset one: compose files and unit files can only write it so.
  const variable = nonEmpty(env[setting.env]);
  if (variable !== undefined) return { text: variable, origin: setting.env };
  const line = inFile.get(setting.key);
  if (line !== undefined) return line;
  return setting.fallback === undefined ? undefined : { text: setting.fallback, origin: 'default' };
}

function unusable(setting: Setting<unknown>, given: Given, must: string): Error {
  const shown = setting.isSecret ? 'its value' : `"${withoutLogins(given.text)}"`;
  const name =
    given.origin.startsWith('-') || given.origin === setting.env
      ? given.origin
      : `${given.origin} ${setting.key}`;
  return appErrors.setting_invalid(`${name}: ${shown} cannot be used; it must ${must}`);
}

/** Somebody wrote a login into an address: it must not stand in a log. */
function withoutLogins(text: string): string {
  return text.replace(/[^\s,=/@]+@/g, '…@');
}

function show(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'object' && value !== null && 'port' in value && 'host' in value)
    return formatAddress(value as SettingValue<'listen'>);
  return String(value);
}

/** `127.0.0.1:1876`, `[::1]:1876`. */
export function formatAddress(address: SettingValue<'listen'>): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
