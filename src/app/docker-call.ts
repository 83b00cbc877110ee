// A call as docker makes it of a plugin (docker/cli, cli-plugins/manager): docker's own words again, so that its
// global flags stand before the plugin's name: `docker-plimsoll -c build plimsoll inspect …`. They are read as docker
// reads them, up to the first word that is none, and become the variables by which engines and logins are found
// anyway. What says how docker talks (-D, -l) is taken and means nothing here.
import { basename, dirname } from 'node:path';
import type { Environment } from './config.ts';
import { appErrors } from './errors.ts';

export interface DockerCall {
  /** The command and what belongs to it, as `plimsoll` takes it. */
  readonly argv: readonly string[];
  readonly env: Environment;
}

const NAME = 'plimsoll';

const VALUED = ['config', 'context', 'host', 'log-level', 'tlscacert', 'tlscert', 'tlskey'] as const;
const SWITCHES = ['debug', 'help', 'tls', 'tlsverify'] as const;
const SHORT: Readonly<Record<string, string>> = Object.freeze({
  c: 'context',
  H: 'host',
  l: 'log-level',
  D: 'debug',
  h: 'help',
});
/** The names that a folder of certificates has, by the flag that names the file alone. */
const CERTIFICATES = { tlscacert: 'ca.pem', tlscert: 'cert.pem', tlskey: 'key.pem' } as const;

type Flags = Map<string, string>;

/**
 * What docker was asked, with its global flags in `env`; `argv` untouched where it is called without docker.
 * `app.docker_flag_unsupported` for a flag that cannot be followed, `app.setting_invalid` where one lacks its value.
 */
export function readDockerCall(argv: readonly string[], env: Environment): DockerCall {
  const { flags, rest } = takeDockerFlags(argv);
  const isHelp = flags.get('help') === 'true' || (rest[0] === 'help' && rest[1] === NAME);
  const words = rest[0] === 'help' && isHelp ? rest.slice(1) : rest;
  const own = words[0] === NAME ? words.slice(1) : words;
  return {
    argv: isHelp ? ['help', ...own.slice(0, 1)] : own,
    env: { ...env, ...readEngine(flags, env), ...readTls(flags), ...readFolder(flags) },
  };
}

/** As pflag reads them: `--flag value`, `--flag=value`, `-c value`, `-cvalue`, `-Dc value`. */
function takeDockerFlags(argv: readonly string[]): {
  readonly flags: Flags;
  readonly rest: readonly string[];
} {
  const flags: Flags = new Map();
  let at = 0;
  while (at < argv.length) {
    const word = argv[at] as string;
    const found = word.startsWith('--') ? readLong(word) : readShort(word);
    if (found === undefined) break;
    for (const [name, value] of found) {
      const given = value ?? argv[++at];
      if (given === undefined) throw appErrors.setting_invalid(`docker’s --${name} needs a value`);
      flags.set(name, given);
    }
    at += 1;
  }
  return { flags, rest: argv.slice(at) };
}

/** Name and value, which is undefined where the next word is it; undefined for what is no flag of docker's. */
type Found = readonly (readonly [string, string | undefined])[] | undefined;

function readLong(word: string): Found {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  if (isOneOf(VALUED, name)) return [[name, value]];
  return isOneOf(SWITCHES, name) ? [[name, readTruth(name, value ?? 'true')]] : undefined;
}

function readShort(word: string): Found {
  if (!/^-[A-Za-z]/.test(word)) return undefined;
  const found: [string, string | undefined][] = [];
  for (let at = 1; at < word.length; at += 1) {
    const name = SHORT[word[at] as string];
    if (name === undefined) return undefined;
    if (isOneOf(VALUED, name)) {
      const value = word.slice(at + 1).replace(/^=/, '');
      found.push([name, value === '' ? undefined : value]);
      return found;
    }
    found.push([name, 'true']);
  }
  return found;
}

/** Go's strconv.ParseBool. */
function readTruth(name: string, value: string): 'true' | 'false' {
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return 'true';
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) return 'false';
  throw appErrors.setting_invalid(`docker’s --${name}: "${value}" is neither true nor false`);
}

/** A context that is named goes before DOCKER_HOST; docker's own, `default`, is whatever DOCKER_HOST says. */
function readEngine(flags: Flags, env: Environment): Environment {
  const [host, name] = [flags.get('host'), flags.get('context')];
  if (host) return { DOCKER_HOST: withScheme(host) };
  if (!name) return {};
  return { DOCKER_CONTEXT: name, DOCKER_HOST: name === 'default' ? env.DOCKER_HOST : undefined };
}

/** docker takes `HOST:PORT` and `:PORT` too. */
function withScheme(host: string): string {
  if (host.includes('://')) return host;
  return `tcp://${host.startsWith(':') ? '127.0.0.1' : ''}${host}`;
}

function readFolder(flags: Flags): Environment {
  const folder = flags.get('config');
  return folder ? { DOCKER_CONFIG: folder } : {};
}

/** Engines are verified always, by --tls alone too; certificates are those of one folder. */
function readTls(flags: Flags): Environment {
  if (flags.get('tlsverify') === 'false')
    throw appErrors.docker_flag_unsupported(
      'docker’s --tlsverify=false is not followed: an engine that is reached by TLS is verified always',
    );
  const asked = flags.get('tls') === 'true' || flags.get('tlsverify') === 'true';
  const named = Object.entries(CERTIFICATES).flatMap(([flag, name]) => {
    const path = flags.get(flag);
    return path ? [{ flag, path, isUsual: basename(path) === name }] : [];
  });
  const [folder, ...others] = new Set(named.map(({ path }) => dirname(path)));
  const unusual = named.find(({ isUsual }) => !isUsual);
  if (unusual !== undefined || others.length > 0)
    throw appErrors.docker_flag_unsupported(
      `docker’s --${(unusual ?? named[0])?.flag}: certificates are read as ca.pem, cert.pem and key.pem of one folder, and these are not`,
    );
  return {
    ...(asked ? { DOCKER_TLS_VERIFY: '1' } : {}),
    ...(folder === undefined ? {} : { DOCKER_CERT_PATH: folder }),
  };
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
