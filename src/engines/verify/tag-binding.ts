// Whether what was signed says that this name and tag mean this digest. A signature of a digest alone says nothing
// about the tag: whoever can write to the registry can put an old, signed image back under it.
import type { Digest } from '../../formats/oci/digest.ts';
import { type Check, failed, passed, unknown } from './check.ts';
import { type Expectations, tagPredicateType } from './expectation.ts';
import type { SignedThing } from './subject.ts';

export function checkTagBinding(thing: SignedThing, digest: Digest, { tag }: Expectations): readonly Check[] {
  if (tag === undefined) return [];
  const wanted = `${tag.name}:${tag.tag}`;
  if (thing.kind === 'simple') return [checkSimpleName(thing.simple.name, tag.name, wanted)];
  if (thing.kind !== 'statement' || thing.statement.predicateType !== tagPredicateType)
    return [unknown('tag-binding', `It says nothing about ${wanted}.`)];
  const { predicate } = thing.statement;
  const said = `${String(predicate.name)}:${String(predicate.tag)}`;
  if (predicate.name !== tag.name || predicate.tag !== tag.tag)
    return [failed('tag-binding', `It was signed for ${said}, not for ${wanted}.`)];
  return [
    predicate.digest === digest
      ? passed('tag-binding', `It says that ${wanted} is ${digest}.`)
      : failed('tag-binding', `It says that ${wanted} is ${String(predicate.digest)}, not ${digest}.`),
  ];
}

/** cosign keeps the name and leaves out the tag, unless it was told to sign it. */
function checkSimpleName(name: string | undefined, repository: string, wanted: string): Check {
  if (name === wanted) return passed('tag-binding', `It was signed for ${wanted}.`);
  return name === undefined || name === repository
    ? unknown('tag-binding', `It was signed for ${name ?? 'no name'}, without a tag; ${wanted} is not bound.`)
    : failed('tag-binding', `It was signed for ${name}, not for ${wanted}.`);
}
