// What three rules share: one member of the provenance, before and now.
import { clean, type Finding, type MoveFacts, type ProvenanceFacts, suspicious, unknown } from '../facts.ts';

/** `name` is the member in words, as "the builder". */
export function compareProvenance(
  { before, after }: MoveFacts,
  member: keyof ProvenanceFacts,
  name: string,
): Finding {
  if ('why' in before.provenance) return unknown(before.provenance.why);
  if ('why' in after.provenance) return unknown(after.provenance.why);
  const was = before.provenance.value?.[member];
  const is = after.provenance.value?.[member];
  if (was === undefined) return unknown(`the provenance before does not say ${name}`);
  if (is === undefined) return unknown(`its provenance does not say ${name}`);
  return was === is ? clean : suspicious(`${name} was ${was} and is ${is}`);
}
