// Whether something of a signature was taken back, by a list that was handed in. What a key signed before it was
// lost stays good only where somebody else says when it signed.
import type { Digest } from '../../formats/oci/digest.ts';
import { type Check, failed, passed } from './check.ts';
import type { Expectations, Revocation } from './expectation.ts';
import type { Signer } from './signer.ts';

/** `at` is the proven time; undefined where there is none. Nothing where no list was handed in. */
export function checkRevocation(
  signer: Signer,
  digest: Digest,
  at: Date | undefined,
  { revocations }: Expectations,
): readonly Check[] {
  if (revocations === undefined) return [];
  const hit = revocations.find((one) => isHit(one, signer, digest, at));
  return [
    hit === undefined
      ? passed(
          'revocation',
          `Nothing of it was taken back by the ${revocations.length} revocations that are known.`,
        )
      : failed('revocation', describeTaken(hit)),
  ];
}

/** Who took what back, when and why, in a sentence. */
export function describeTaken(revocation: Revocation): string {
  const { kind, why, said } = revocation;
  const what = `The ${NAMES[kind]} ${thingOf(revocation)}`;
  const who = said === undefined ? '' : ` by ${said.by} on ${said.at.toISOString().slice(0, 10)}`;
  return `${what} was taken back${who}: ${why}`;
}

/** Whether it is about the image or its signer, whenever that was. */
export function concerns(revocation: Revocation, signer: Signer): boolean {
  return revocation.kind !== 'digest' && isHit(revocation, signer, undefined, undefined);
}

/** What it names. */
export function thingOf(revocation: Revocation): string {
  switch (revocation.kind) {
    case 'digest':
      return revocation.digest;
    case 'key':
      return revocation.thumbprint;
    case 'certificate':
      return revocation.serial;
    case 'identity':
      return revocation.identity;
  }
}

const NAMES: Readonly<Record<Revocation['kind'], string>> = {
  digest: 'image',
  key: 'key',
  certificate: 'certificate',
  identity: 'identity',
};

function isHit(
  revocation: Revocation,
  signer: Signer,
  digest: Digest | undefined,
  at: Date | undefined,
): boolean {
  switch (revocation.kind) {
    case 'digest':
      return revocation.digest === digest;
    case 'key':
      return revocation.thumbprint === signer.thumbprint && isAfter(revocation.from, at);
    case 'certificate':
      return signer.kind === 'certificate' && trim(revocation.serial) === signer.serial;
    case 'identity':
      return (
        signer.kind === 'certificate' &&
        signer.names.some(({ text }) => text === revocation.identity) &&
        isAfter(revocation.from, at)
      );
  }
}

function isAfter(from: Date | undefined, at: Date | undefined): boolean {
  return from === undefined || at === undefined || from <= at;
}

function trim(serial: string): string {
  return serial
    .toLowerCase()
    .replaceAll(':', '')
    .replace(/^0+(?=.)/, '');
}
