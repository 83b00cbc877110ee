// The login of registry-user and registry-password, as a file that only this user reads and that goes with the
// step. It never stands on a command line. The command asks REGISTRY_AUTH_FILE before docker's and podman's own
// files and those after it, so that logins of earlier steps stay.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('./input.js').Inputs} Inputs */

/**
 * More environment for what reads registries; empty where no login was given.
 * Throws an Error of one sentence where it cannot be told whose login it is.
 * @param {Inputs} inputs
 * @param {string} folder private, of this step
 * @param {string | undefined} existing what REGISTRY_AUTH_FILE names so far
 * @returns {Record<string, string>}
 */
export function writeLogin({ text, image }, folder, existing) {
  const { 'registry-user': user = '', 'registry-password': password = '' } = text;
  if (user === '' && password === '') return {};
  if (user === '' || password === '')
    throw new Error('registry-user and registry-password belong together; one of them is empty.');
  const host = text.registry ? hostKey(text.registry) : chooseHost([image, text.to ?? '']);
  const file = join(folder, 'auth.json');
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  writeFileSync(file, JSON.stringify(withLogin(readObject(existing), host, auth)), { mode: 0o600 });
  return { REGISTRY_AUTH_FILE: file };
}

/**
 * The registry that an image's name tells; undefined for what is in no registry.
 * @param {string} image
 * @returns {string | undefined}
 */
export function hostOf(image) {
  const name = image.replace(/^(?:image|registry|docker):\/\//, '');
  if (name === '' || /^[a-z-]+:\/\/|^oci(?:-archive)?:|^docker-archive:/.test(name)) return undefined;
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? hostKey(first) : 'docker.io';
}

/** @param {readonly string[]} images */
function chooseHost(images) {
  const hosts = new Set(images.map(hostOf).filter((host) => host !== undefined));
  const [host] = hosts;
  if (hosts.size === 1 && host !== undefined) return host;
  const why = hosts.size === 0 ? 'image and to name none' : `image and to name ${[...hosts].join(' and ')}`;
  throw new Error(`registry: which one are registry-user and registry-password for? ${why}.`);
}

/** One spelling, as the command looks it up. @param {string} text */
function hostKey(text) {
  const host = text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return ['index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}

/**
 * @param {Record<string, unknown>} config
 * @param {string} host
 * @param {string} auth
 */
function withLogin(config, host, auth) {
  const { credsStore: _, ...rest } = config;
  const helpers = Object.entries(objectOf(config.credHelpers)).filter(([key]) => hostKey(key) !== host);
  return {
    ...rest,
    credHelpers: Object.fromEntries(helpers),
    auths: { ...objectOf(config.auths), [host]: { auth } },
  };
}

/** @param {string | undefined} file */
function readObject(file) {
  if (!file) return {};
  try {
    return objectOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw new Error(`${file}, which REGISTRY_AUTH_FILE names, is not a file of logins.`);
  }
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function objectOf(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? /** @type {Record<string, unknown>} */ (value)
    : {};
}
