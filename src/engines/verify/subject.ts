// What was signed, and whether it is about exactly this digest: of an index the index's own, of a platform the
// platform's. A statement about one is none about the other.

import { type Digest, digestAlgorithm, digestOf } from '../../formats/oci/digest.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import {
  isSimpleSigning,
  parseSimpleSigning,
  type SimpleSigning,
} from '../../formats/sigstore/old-signature.ts';
import {
  parseSignedStatement,
  type SignedStatement,
  statementPayloadType,
} from '../../formats/sigstore/statement.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { type Check, failed, passed, unknown } from './check.ts';
import { type Expectations, signaturePredicateType } from './expectation.ts';
import { digestBytes } from './public-key.ts';

/** What is verified: its digest, and its bytes where they are at hand. */
export interface Artifact {
  readonly digest: Digest;
  readonly bytes?: Uint8Array;
}

export type SignedThing =
  | { readonly kind: 'statement'; readonly statement: SignedStatement }
  /** cosign's payload before bundles. */
  | { readonly kind: 'simple'; readonly simple: SimpleSigning }
  /** The artifact itself. */
  | { readonly kind: 'artifact' }
  | { readonly kind: 'unreadable'; readonly why: string };

export function readSignedThing({ content }: Bundle): SignedThing {
  try {
    if (content.kind === 'message') {
      const { message } = content;
      return message !== undefined && isSimpleSigning(message)
        ? { kind: 'simple', simple: parseSimpleSigning(message) }
        : { kind: 'artifact' };
    }
    if (content.payloadType !== statementPayloadType)
      return {
        kind: 'unreadable',
        why: `what was signed is ${content.payloadType}, not an in-toto statement`,
      };
    return { kind: 'statement', statement: parseSignedStatement(content.payload) };
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return { kind: 'unreadable', why: cause.message };
  }
}

export function checkSubject(thing: SignedThing, { content }: Bundle, artifact: Artifact): Check {
  const { digest } = artifact;
  const about = (found: readonly string[]): Check =>
    found.includes(digest)
      ? passed('subject', `It is about ${digest}.`)
      : failed('subject', `It is about ${found.slice(0, 5).join(', ')}, not about ${digest}.`);
  switch (thing.kind) {
    case 'unreadable':
      return failed('subject', `What was signed cannot be read: ${thing.why}.`);
    case 'statement':
      return about(
        thing.statement.subjects.flatMap(({ digests }) =>
          [...digests].map(([name, hex]) => `${name}:${hex}`),
        ),
      );
    case 'simple':
      return about([thing.simple.digest]);
    case 'artifact': {
      if (content.kind !== 'message') return failed('subject', 'It is about no artifact.');
      if (content.message !== undefined)
        return about([`sha256:${digestBytes('sha256', content.message).toString('hex')}`]);
      return checkHint(content.digest, artifact);
    }
  }
}

/** The bundle's own hash of what was signed, which the signature does not cover: it must agree all the same. */
function checkHint(
  hint: Extract<Bundle['content'], { kind: 'message' }>['digest'],
  { digest, bytes }: Artifact,
): Check {
  if (hint === undefined) return unknown('subject', 'It does not say what was signed.');
  if (bytes !== undefined && digestOf(bytes, digestAlgorithm(digest)) !== digest)
    return failed('subject', `The bytes that came are not those of ${digest}.`);
  const own = `${hint.algorithm}:${Buffer.from(hint.hash).toString('hex')}`;
  const found =
    bytes === undefined ? digest : `${hint.algorithm}:${digestBytes(hint.algorithm, bytes).toString('hex')}`;
  return own === found
    ? passed('subject', `It is about ${digest}.`)
    : failed('subject', `It is about ${own}, not about ${digest}.`);
}

/** A statement about an image is no signature of it: its signer may have said nothing but that it is bad. */
export function checkPredicateType(thing: SignedThing, { kind }: Expectations): Check {
  const isSignature = thing.kind !== 'unreadable' && (thing.kind !== 'statement' || isSign(thing.statement));
  const said = describe(thing);
  if (kind === 'any') {
    return thing.kind === 'unreadable'
      ? failed('predicate-type', `What was signed cannot be read: ${thing.why}.`)
      : passed('predicate-type', `It is ${said}; any kind was asked for.`);
  }
  if (kind === 'signature')
    return isSignature
      ? passed('predicate-type', `It is ${said}.`)
      : failed('predicate-type', `It is ${said}, and no signature of the image.`);
  return thing.kind === 'statement' && kind.includes(thing.statement.predicateType)
    ? passed('predicate-type', `It is ${said}.`)
    : failed('predicate-type', `It is ${said}, not a statement of type ${kind.join(' or ')}.`);
}

function isSign({ predicateType }: SignedStatement): boolean {
  return predicateType === signaturePredicateType;
}

function describe(thing: SignedThing): string {
  if (thing.kind === 'unreadable') return `something that cannot be read (${thing.why})`;
  if (thing.kind !== 'statement' || isSign(thing.statement)) return 'a signature of the image';
  return `a statement of type ${thing.statement.predicateType}`;
}
