// A timestamp authority for tests (RFC 3161, RFC 5652, RFC 5035): gives tokens, and wrong ones where asked.
import { createHash, sign } from 'node:crypto';
import { Set as Asn1Set, type BaseBlock, fromBER, GeneralizedTime, Integer, Null, OctetString } from 'asn1js';
import {
  encoded,
  type Issued,
  oid,
  oids,
  sequence,
  signatureAlgorithm,
  tagged,
} from './certificate.fixture.ts';

export interface TokenRequest {
  readonly authority: Issued;
  /** Beside the authority's certificate. */
  readonly others?: readonly Issued[];
  readonly stamped: Uint8Array;
  readonly at: string;
  readonly accuracySeconds?: number;
  /** Wrong on purpose: what the attributes say of the content, or whose certificate they name. */
  readonly digestOf?: Uint8Array;
  readonly bound?: Issued;
  readonly policy?: string;
}

/** A TimeStampToken in DER. */
export function stamp(request: TokenRequest): Buffer {
  const { authority, others = [], accuracySeconds } = request;
  const content = encoded(
    sequence(
      new Integer({ value: 1 }),
      oid(request.policy ?? '1.2.3.4'),
      sequence(hashAlgorithm(), octets(sha256(request.stamped))),
      new Integer({ value: 77 }),
      new GeneralizedTime({ valueDate: new Date(request.at) }),
      ...(accuracySeconds === undefined ? [] : [sequence(new Integer({ value: accuracySeconds }))]),
    ),
  );
  const attributes = [
    attribute('1.2.840.113549.1.9.3', oid('1.2.840.113549.1.9.16.1.4')),
    attribute('1.2.840.113549.1.9.4', octets(sha256(request.digestOf ?? content))),
    attribute(
      '1.2.840.113549.1.9.16.2.47',
      sequence(sequence(sequence(octets(sha256((request.bound ?? authority).certificate.der))))),
    ),
  ];
  const signed = encoded(set(attributes));
  const signer = sequence(
    new Integer({ value: 1 }),
    sequence(parsed(authority.certificate.issuerDer), new Integer({ value: 4711 })),
    hashAlgorithm(),
    tagged(0, ...attributes),
    signatureAlgorithm(authority.key, 'sha256'),
    octets(sign('sha256', signed, authority.key)),
  );
  const signedData = sequence(
    new Integer({ value: 3 }),
    set([hashAlgorithm()]),
    sequence(oid('1.2.840.113549.1.9.16.1.4'), tagged(0, octets(content))),
    tagged(0, ...[authority, ...others].map(({ certificate }) => parsed(certificate.der))),
    set([signer]),
  );
  return encoded(sequence(oid('1.2.840.113549.1.7.2'), tagged(0, signedData)));
}

function attribute(type: string, value: BaseBlock): BaseBlock {
  return sequence(oid(type), set([value]));
}

function hashAlgorithm(): BaseBlock {
  return sequence(oid(oids.sha256 ?? ''), new Null());
}

function set(value: readonly BaseBlock[]): Asn1Set {
  return new Asn1Set({ value: [...value] as never });
}

function octets(bytes: Uint8Array): OctetString {
  return new OctetString({ valueHex: new Uint8Array(bytes).buffer });
}

function parsed(der: Uint8Array): BaseBlock {
  return fromBER(new Uint8Array(der)).result;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
