// RFC 7512: a key in a token, as a URI: `pkcs11:token=plimsoll;object=signing?module-path=/usr/lib/….so`.
// What would be passed over would make the URI fit more keys than its writer meant, so every attribute that is not
// used here is refused. A PIN may stand in it (`pin-value`), and so the text itself is never shown; `formatPkcs11Uri`
// writes what names the key and nothing else.
import { limits } from '../../kit/limits.ts';
import { keysErrors } from './errors.ts';

export interface Pkcs11Uri {
  /** Which token; what is absent fits all. */
  readonly token?: string;
  readonly manufacturer?: string;
  readonly serial?: string;
  readonly model?: string;
  readonly slotId?: bigint;
  /** Which key in it: its CKA_LABEL and CKA_ID. */
  readonly object?: string;
  readonly id?: Uint8Array;
  /** The shared library of the token's maker; absolute. */
  readonly modulePath?: string;
  readonly pin?: PinSource;
}

export type PinSource =
  | { readonly kind: 'value'; readonly value: string }
  /** An absolute path. */
  | { readonly kind: 'file'; readonly path: string };

const SCHEME = 'pkcs11:';
/** A token's names are blank-padded to 32 bytes, its model and serial number to 16 (PKCS #11 §3.2). */
const LABEL_BYTES = 32;
const SERIAL_BYTES = 16;
const OBJECT_BYTES = 255;
const SLOT_LIMIT = 2n ** 64n;

/** `keys.reference_invalid`, which names the attribute and never its value. */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  if (text.length > limits.keyReferenceChars)
    throw refused(`it has more than ${limits.keyReferenceChars} characters`);
  if (text.slice(0, SCHEME.length).toLowerCase() !== SCHEME)
    throw refused(`it does not begin with ${SCHEME}`);
  const [path = '', ...rest] = text.slice(SCHEME.length).split('?');
  const query = rest.join('?');
  const inPath = readAttributes(path, ';');
  const inQuery = readAttributes(query, '&');
  const uri = { ...readPath(inPath), ...readQuery(inQuery) };
  if (inPath.size > 0 || inQuery.size > 0)
    throw refused(`keys are not chosen by ${[...inPath.keys(), ...inQuery.keys()].join(', ')}`);
  return Object.freeze(uri);
}

/** What names the token and the key: no module, no PIN, nor where that is. */
export function formatPkcs11Uri(uri: Pkcs11Uri): string {
  const named: readonly (readonly [string, string | undefined])[] = [
    ['token', uri.token],
    ['manufacturer', uri.manufacturer],
    ['serial', uri.serial],
    ['model', uri.model],
    ['slot-id', uri.slotId?.toString()],
    ['object', uri.object],
  ];
  const parts = named.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  if (uri.id !== undefined) parts.push(`id=${Buffer.from(uri.id).toString('hex').replace(/../g, '%$&')}`);
  return `${SCHEME}${parts.join(';')}`;
}

/** Name to value as bytes; a name may stand once (RFC 7512 §2.3). */
function readAttributes(text: string, separator: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  if (text === '') return found;
  for (const part of text.split(separator)) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0));
    if (!/^[a-z0-9_-]{1,40}$/.test(name))
      throw refused(`a part of it is not NAME=VALUE (after "${separator}")`);
    if (found.has(name)) throw refused(`${name} stands in it twice`);
    found.set(name, readEscaped(part.slice(equals + 1), name));
  }
  return found;
}

function readPath(given: Map<string, Uint8Array>): Pkcs11Uri {
  const text = (name: string, mostBytes: number): string | undefined => takeText(given, name, mostBytes);
  const type = text('type', LABEL_BYTES);
  if (type !== undefined && type !== 'private')
    throw refused('its type is another than private, and private keys are what signs');
  const id = take(given, 'id');
  if (id !== undefined && (id.byteLength === 0 || id.byteLength > OBJECT_BYTES))
    throw refused(`its id has not 1 to ${OBJECT_BYTES} bytes`);
  return defined({
    token: text('token', LABEL_BYTES),
    manufacturer: text('manufacturer', LABEL_BYTES),
    serial: text('serial', SERIAL_BYTES),
    model: text('model', SERIAL_BYTES),
    slotId: readSlot(text('slot-id', LABEL_BYTES)),
    object: text('object', OBJECT_BYTES),
    id,
  });
}

function readQuery(given: Map<string, Uint8Array>): Pkcs11Uri {
  const modulePath = takeText(given, 'module-path', limits.keyReferenceChars);
  if (modulePath !== undefined && !modulePath.startsWith('/'))
    throw refused('its module-path is not an absolute path');
  const value = takeText(given, 'pin-value', limits.keyPinBytes);
  const source = takeText(given, 'pin-source', limits.keyReferenceChars);
  if (value !== undefined && source !== undefined) throw refused('it has both pin-value and pin-source');
  const pin: PinSource | undefined = value === undefined ? readPinSource(source) : { kind: 'value', value };
  return defined({ modulePath, pin });
}

/** A file alone: RFC 7512's `|command` would run what somebody wrote into a setting. */
function readPinSource(source: string | undefined): PinSource | undefined {
  if (source === undefined) return undefined;
  const path = source.replace(/^file:(?:\/\/(?=\/))?/, '');
  if (!path.startsWith('/') || path.startsWith('//'))
    throw refused('its pin-source is not file: and an absolute path');
  return { kind: 'file', path };
}

function readSlot(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const slot = /^\d{1,20}$/.test(text) ? BigInt(text) : SLOT_LIMIT;
  if (slot >= SLOT_LIMIT) throw refused('its slot-id is not a number of 64 bits');
  return slot;
}

function take(given: Map<string, Uint8Array>, name: string): Uint8Array | undefined {
  const value = given.get(name);
  given.delete(name);
  return value;
}

function takeText(given: Map<string, Uint8Array>, name: string, mostBytes: number): string | undefined {
  const bytes = take(given, name);
  if (bytes === undefined) return undefined;
  if (bytes.byteLength === 0 || bytes.byteLength > mostBytes)
    throw refused(`its ${name} has not 1 to ${mostBytes} bytes`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {}
  throw refused(`its ${name} is not text in UTF-8`);
}

/** RFC 7512 §2.3: what is not allowed as it is, is written %XX. */
function readEscaped(value: string, name: string): Uint8Array {
  if (!/^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=&/?|]|%[0-9A-Fa-f]{2})*$/.test(value))
    throw refused(`its ${name} has a character that must be written as %XX`);
  return Buffer.from(
    value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function defined<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

function refused(why: string): Error {
  return keysErrors.reference_invalid(`the PKCS #11 URI cannot be used: ${why}`);
}
