// A token's module, called: Cryptoki's functions by node:ffi, its structures as bytes. Runs in a process of its own
// alone (child.ts): a wrong byte here, or a fault in the module, ends the process that it happens in.
// Structures are those of 64-bit Unix, where CK_ULONG has 8 bytes and members are aligned; Windows packs them
// otherwise and is refused. Functions are found by their exported names: node:ffi calls no bare pointer.
import { limits } from '../../../kit/limits.ts';
import {
  type Attribute,
  type Cryptoki,
  CryptokiFailure,
  type CryptokiPair,
  type CryptokiPss,
  type TokenFacts,
} from './cryptoki.ts';

const ULONG_BYTES = 8;
/** CK_ATTRIBUTE and CK_MECHANISM: a CK_ULONG, a pointer, a CK_ULONG. */
const TRIPLE_BYTES = 24;
/** CK_TOKEN_INFO has 208; a module that writes more by a newer version's shape finds room. */
const TOKEN_BYTES = 512;
/** RSA-4096 has 512; asked for at once, since asking for the size first is one more call to a slow card. */
const SIGNATURE_BYTES = 1024;
/** CK_UNAVAILABLE_INFORMATION */
const UNAVAILABLE = 0xffff_ffff_ffff_ffffn;
const CKF_SERIAL_SESSION = 4n;
const CKF_RW_SESSION = 2n;

const u64 = 'u64';
const pointer = 'pointer';
const returned = { return: u64 } as const;

const functions = {
  C_Initialize: { arguments: [pointer], ...returned },
  C_Finalize: { arguments: [pointer], ...returned },
  C_GetSlotList: { arguments: ['u8', pointer, pointer], ...returned },
  C_GetTokenInfo: { arguments: [u64, pointer], ...returned },
  C_OpenSession: { arguments: [u64, u64, pointer, pointer, pointer], ...returned },
  C_CloseSession: { arguments: [u64], ...returned },
  C_Login: { arguments: [u64, u64, pointer, u64], ...returned },
  C_FindObjectsInit: { arguments: [u64, pointer, u64], ...returned },
  C_FindObjects: { arguments: [u64, pointer, u64, pointer], ...returned },
  C_FindObjectsFinal: { arguments: [u64], ...returned },
  C_GetAttributeValue: { arguments: [u64, u64, pointer, u64], ...returned },
  C_SignInit: { arguments: [u64, pointer, u64], ...returned },
  C_Sign: { arguments: [u64, pointer, u64, pointer, pointer], ...returned },
  C_GenerateKeyPair: {
    arguments: [u64, pointer, pointer, u64, pointer, u64, pointer, pointer],
    ...returned,
  },
} as const;

type Calls = {
  readonly [K in keyof typeof functions]: (...args: (bigint | number | Buffer | null)[]) => bigint;
};
type PointerOf = (source: Buffer) => bigint;

/** Loads and initialises the module; throws what dlopen says, or `CryptokiFailure`. */
export async function openModule(path: string): Promise<Cryptoki> {
  if (process.platform === 'win32') throw new Error('PKCS #11 is not called on Windows');
  const { dlopen, getRawPointer } = await import('node:ffi');
  const library = dlopen(path, functions);
  const calls = checked(library.functions as unknown as Calls);
  calls.C_Initialize(null);
  return {
    listSlots: () => listSlots(calls),
    readToken: (slot) => readToken(calls, slot),
    openSession(slot, isWritable) {
      const session = Buffer.alloc(ULONG_BYTES);
      const flags = CKF_SERIAL_SESSION | (isWritable ? CKF_RW_SESSION : 0n);
      calls.C_OpenSession(slot, flags, null, null, session);
      return readUlong(session);
    },
    closeSession: (session) => void calls.C_CloseSession(session),
    login(session, user, pin) {
      const bytes = pin === undefined ? null : Buffer.from(pin);
      calls.C_Login(session, user, bytes, BigInt(bytes?.byteLength ?? 0));
      bytes?.fill(0);
    },
    find: (session, template, most) => find(calls, session, writeTemplate(template, getRawPointer), most),
    read: (session, object, type) => read(calls, getRawPointer, { session, object, type }),
    sign(session, { mechanism, pss, key, bytes }, authorise) {
      const parameters = pss === undefined ? undefined : writePss(pss);
      const wanted = writeMechanism(mechanism, parameters, getRawPointer);
      calls.C_SignInit(session, wanted, key);
      authorise?.();
      const signature = Buffer.alloc(SIGNATURE_BYTES);
      const size = writeUlong(BigInt(SIGNATURE_BYTES));
      // Modules refuse a null pointer, whatever the length says.
      const message = bytes.byteLength === 0 ? Buffer.alloc(1) : Buffer.from(bytes);
      calls.C_Sign(session, message, BigInt(bytes.byteLength), signature, size);
      // Used here so that it is there until now: what points to it holds nothing.
      parameters?.fill(0);
      return signature.subarray(0, boundedSize(size, SIGNATURE_BYTES));
    },
    generate: (session, pair) => generate(calls, getRawPointer, session, pair),
    [Symbol.dispose]: () => void library.functions.C_Finalize(null),
  };
}

/** Each call throws where it does not return CKR_OK. */
function checked(calls: Calls): Calls {
  const wrapped = Object.keys(functions).map((name) => {
    const call = calls[name as keyof Calls];
    return [
      name,
      (...args: (bigint | number | Buffer | null)[]): bigint => {
        const rv = call(...args);
        if (rv !== 0n) throw new CryptokiFailure(name, rv);
        return rv;
      },
    ];
  });
  return Object.fromEntries(wrapped) as Calls;
}

function listSlots(calls: Calls): readonly bigint[] {
  const list = Buffer.alloc(limits.keySlots * ULONG_BYTES);
  const count = writeUlong(BigInt(limits.keySlots));
  calls.C_GetSlotList(1, list, count);
  return readUlongs(list, boundedSize(count, limits.keySlots));
}

function readToken(calls: Calls, slot: bigint): TokenFacts {
  const bytes = Buffer.alloc(TOKEN_BYTES);
  calls.C_GetTokenInfo(slot, bytes);
  const text = (from: number, sizeBytes: number): string =>
    bytes.toString('utf8', from, from + sizeBytes).replace(/[ \0]+$/, '');
  return {
    label: text(0, 32),
    manufacturer: text(32, 32),
    model: text(64, 16),
    serial: text(80, 16),
    flags: bytes.readBigUInt64LE(96),
  };
}

function find(calls: Calls, session: bigint, template: Template, most: number): readonly bigint[] {
  calls.C_FindObjectsInit(session, template.bytes, template.count);
  try {
    const found = Buffer.alloc(most * ULONG_BYTES);
    const count = Buffer.alloc(ULONG_BYTES);
    calls.C_FindObjects(session, found, BigInt(most), count);
    return readUlongs(found, boundedSize(count, most));
  } finally {
    calls.C_FindObjectsFinal(session);
  }
}

/** Any failure of reading one attribute means that it is not to be had: modules differ in how they say so. */
function read(
  calls: Calls,
  pointerOf: PointerOf,
  { session, object, type }: { session: bigint; object: bigint; type: bigint },
): Uint8Array | undefined {
  const value = Buffer.alloc(limits.keyAttributeBytes);
  const attribute = writeTriple(type, pointerOf(value), BigInt(value.byteLength));
  try {
    calls.C_GetAttributeValue(session, object, attribute, 1n);
  } catch (error) {
    if (error instanceof CryptokiFailure) return undefined;
    throw error;
  }
  const size = attribute.readBigUInt64LE(2 * ULONG_BYTES);
  return size === UNAVAILABLE
    ? undefined
    : value.subarray(0, boundedSize(writeUlong(size), value.byteLength));
}

function generate(calls: Calls, pointerOf: PointerOf, session: bigint, pair: CryptokiPair): void {
  const open = writeTemplate(pair.publicTemplate, pointerOf);
  const secret = writeTemplate(pair.privateTemplate, pointerOf);
  const handles = [Buffer.alloc(ULONG_BYTES), Buffer.alloc(ULONG_BYTES)] as const;
  calls.C_GenerateKeyPair(
    session,
    writeMechanism(pair.mechanism),
    open.bytes,
    open.count,
    secret.bytes,
    secret.count,
    ...handles,
  );
}

interface Template {
  readonly bytes: Buffer;
  readonly count: bigint;
  /** What the bytes point to: held for as long as they are. */
  readonly values: readonly Buffer[];
}

function writeTemplate(attributes: readonly Attribute[], pointerOf: PointerOf): Template {
  const values = attributes.map(({ value }) => {
    if (typeof value === 'bigint') return writeUlong(value);
    return typeof value === 'boolean' ? Buffer.from([value ? 1 : 0]) : Buffer.from(value);
  });
  const triples = attributes.map(({ type }, at) => {
    const value = values[at] as Buffer;
    return writeTriple(type, pointerOf(value), BigInt(value.byteLength));
  });
  return { bytes: Buffer.concat(triples), count: BigInt(attributes.length), values };
}

/** `parameters` is held by who calls, for as long as the bytes are, which point to it. */
function writeMechanism(mechanism: bigint, parameters?: Buffer, pointerOf?: PointerOf): Buffer {
  if (parameters === undefined || pointerOf === undefined) return writeTriple(mechanism, 0n, 0n);
  return writeTriple(mechanism, pointerOf(parameters), BigInt(parameters.byteLength));
}

/** CK_RSA_PKCS_PSS_PARAMS: three CK_ULONGs. */
function writePss({ hash, mask, saltBytes }: CryptokiPss): Buffer {
  return Buffer.concat([hash, mask, saltBytes].map(writeUlong));
}

function writeTriple(first: bigint, address: bigint, size: bigint): Buffer {
  const bytes = Buffer.alloc(TRIPLE_BYTES);
  bytes.writeBigUInt64LE(first, 0);
  bytes.writeBigUInt64LE(address, ULONG_BYTES);
  bytes.writeBigUInt64LE(size, 2 * ULONG_BYTES);
  return bytes;
}

function writeUlong(value: bigint): Buffer {
  const bytes = Buffer.alloc(ULONG_BYTES);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function readUlong(bytes: Buffer): bigint {
  return bytes.readBigUInt64LE();
}

function readUlongs(bytes: Buffer, count: number): readonly bigint[] {
  return Array.from({ length: count }, (_, at) => bytes.readBigUInt64LE(at * ULONG_BYTES));
}

/** A size that the module wrote, which is not believed to be within the room that it was given. */
function boundedSize(written: Buffer, most: number): number {
  const size = readUlong(written);
  if (size > BigInt(most))
    throw new Error(`the module answers with a size of ${size} where ${most} is the most`);
  return Number(size);
}
