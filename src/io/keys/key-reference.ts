// What somebody writes to name a key: a path, or a place and what the place calls it. Cosign's spellings where cosign
// has the place. Anything else with `://` is a sigstore KMS plug-in, so that a misspelt scheme never becomes a path.
import { limits } from '../../kit/limits.ts';
import { keysErrors } from './errors.ts';
import { formatPkcs11Uri, type Pkcs11Uri, parsePkcs11Uri } from './pkcs11-uri.ts';

export type KeyReference =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'pkcs11'; readonly uri: Pkcs11Uri }
  | { readonly kind: 'awskms'; readonly endpoint?: string; readonly keyId: string }
  /** Without a version, the newest. */
  | { readonly kind: 'hashivault'; readonly key: string; readonly version?: number }
  | { readonly kind: 'plugin'; readonly reference: string };

const UUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';
const KEY = `(?:mrk-[0-9a-f]{32}|${UUID})`;
const ALIAS = 'alias/[A-Za-z0-9/_-]{1,250}';
const AWS_ID = new RegExp(
  `^(?:${KEY}|${ALIAS}|arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]{1,40}:\\d{12}:(?:key/${KEY}|${ALIAS}))$`,
);
/** HOST, HOST:PORT or [ADDRESS]:PORT. */
const ENDPOINT = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?$/;
const PLUGIN = /^[a-z0-9][a-z0-9-]{0,62}:\/\//;
const VAULT_KEY = /^([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?)(?:\?version=([1-9]\d{0,8}))?$/;

/** `keys.reference_invalid`, which never shows what could be a PIN. */
export function parseKeyReference(text: string): KeyReference {
  if (text === '' || text.includes('\0')) throw keysErrors.reference_invalid('a key is named by no text');
  if (text.length > limits.keyReferenceChars)
    throw keysErrors.reference_invalid(`a key is named by more than ${limits.keyReferenceChars} characters`);
  if (/^pkcs11:/i.test(text)) return { kind: 'pkcs11', uri: parsePkcs11Uri(text) };
  if (text.startsWith('awskms://')) return parseAws(text.slice('awskms://'.length));
  if (text.startsWith('hashivault://')) return parseVault(text.slice('hashivault://'.length));
  if (PLUGIN.test(text) && !text.startsWith('file://')) return { kind: 'plugin', reference: text };
  return parsePath(text);
}

/** The reference without what is secret in it, for people. */
export function formatKeyReference(reference: KeyReference): string {
  switch (reference.kind) {
    case 'file':
      return reference.path;
    case 'pkcs11':
      return formatPkcs11Uri(reference.uri);
    case 'awskms':
      return `awskms://${reference.endpoint ?? ''}/${reference.keyId}`;
    case 'hashivault':
      return `hashivault://${reference.key}${reference.version === undefined ? '' : `?version=${reference.version}`}`;
    case 'plugin':
      return reference.reference;
  }
}

function parseAws(rest: string): KeyReference {
  const slash = rest.indexOf('/');
  const endpoint = rest.slice(0, Math.max(slash, 0));
  const keyId = rest.slice(slash + 1);
  if (slash < 0 || !AWS_ID.test(keyId) || (endpoint !== '' && !ENDPOINT.test(endpoint)))
    throw keysErrors.reference_invalid(
      `"awskms://${rest.slice(0, 200)}" is not awskms://[HOST[:PORT]]/KEY with an id, alias/NAME or an ARN`,
    );
  return { kind: 'awskms', keyId, ...(endpoint === '' ? {} : { endpoint }) };
}

function parseVault(rest: string): KeyReference {
  const [, key, version] = VAULT_KEY.exec(rest) ?? [];
  if (key === undefined)
    throw keysErrors.reference_invalid(
      `"hashivault://${rest.slice(0, 200)}" is not hashivault://KEY or hashivault://KEY?version=N`,
    );
  return { kind: 'hashivault', key, ...(version === undefined ? {} : { version: Number(version) }) };
}

/** `file:PATH`, as PATH; `file:///PATH` too. */
function parsePath(text: string): KeyReference {
  const path = text.replace(/^file:(?:\/\/(?=\/))?/, '');
  if (path === '' || path.startsWith('//'))
    throw keysErrors.reference_invalid(`"${text.slice(0, 200)}" is not file: and a path`);
  return { kind: 'file', path };
}
