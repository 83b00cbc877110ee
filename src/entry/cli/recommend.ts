// What another base would do for an image: the same tag as it is now (refresh), and newer or slimmer tags of the
// same repository (update), each looked into and compared with the base that was used. What the image adds itself
// stays; what comes with the base goes and comes.
import { compareImages } from '../../engines/compare/compare.ts';
import type { Comparison } from '../../engines/compare/comparison.ts';
import { type BaseCandidate, chooseCandidates } from '../../engines/lineage/candidate.ts';
import type { BaseImage } from '../../engines/lineage/lineage.ts';
import { formatReference, parseRegistryReference } from '../../formats/oci/reference.ts';
import { describeError } from '../../kit/error.ts';
import { environmentOfTag } from '../../services/hub/environment.ts';
import type { Report } from '../../services/hub/report.ts';
import { inspectSubject, type SubjectOptions } from './subject.ts';
import type { CliWorld } from './world.ts';

export interface Recommendation {
  readonly kind: 'refresh' | BaseCandidate['kind'];
  /** `docker.io/library/debian:12.9-slim`. */
  readonly reference: string;
  /** The line to write, pinned: `FROM debian:12.9-slim@sha256:…`. */
  readonly from: string;
  /** The base that was used against this one. */
  readonly comparison: Comparison;
}

export interface Recommendations {
  readonly base?: BaseImage;
  /** The base that was used, looked into. */
  readonly baseReport?: Report;
  /** What is worth it and what is not, in the order refresh, minor, major, slim. */
  readonly list: readonly Recommendation[];
  /** What could not be asked; one sentence each. */
  readonly unknowns: readonly string[];
}

export interface RecommendOptions extends SubjectOptions {
  readonly only?: 'refresh' | 'update';
  /** The tag that the base was used under, where its reference does not say it. */
  readonly tag?: string;
}

/** Looks into the base and its candidates; what cannot be reached is told, never guessed. */
export async function findRecommendations(
  world: CliWorld,
  report: Report,
  { only, tag, ...options }: RecommendOptions,
): Promise<Recommendations> {
  const base = report.lineage?.base;
  const unknowns = [...(report.lineage?.unknowns ?? ['Nobody looked for the base.'])];
  if (base?.reference === undefined) {
    const what = base === undefined ? 'The base is not known' : 'The base is known by its layers alone';
    return {
      ...(base && { base }),
      list: [],
      unknowns: [...unknowns, `${what}, so there is nothing to compare.`],
    };
  }
  const used = parseRegistryReference(base.reference);
  const named = { kind: 'registry' as const, host: used.host, repository: used.repository };
  const usedTag = tag ?? used.tag ?? 'latest';
  const look = createLook(
    world,
    { ...options, platform: report.subject.platform ?? options.platform },
    unknowns,
  );
  const usedText = formatReference(
    base.digest === undefined ? { ...named, tag: usedTag } : { ...named, digest: base.digest },
  );
  const baseReport = await look(usedText);
  if (baseReport === undefined) return { base, list: [], unknowns };
  const candidates: { readonly kind: Recommendation['kind']; readonly tag: string }[] = [
    ...(only === 'update' ? [] : [{ kind: 'refresh' as const, tag: usedTag }]),
    ...(only === 'refresh' ? [] : await listCandidates(world, named, usedTag, unknowns)),
  ];
  const list: Recommendation[] = [];
  for (const candidate of candidates) {
    const reference = formatReference({ ...named, tag: candidate.tag });
    const other = await look(reference);
    if (other === undefined) continue;
    const digest = other.subject.indexDigest ?? other.subject.digest;
    const isSame = digest === base.digest || other.subject.digest === baseReport.subject.digest;
    if (candidate.kind === 'refresh' && isSame) continue;
    const comparison = compareImages(baseReport, other, { now: world.clock.now() });
    list.push({ kind: candidate.kind, reference, from: `FROM ${reference}@${digest}`, comparison });
  }
  return { base, baseReport, list, unknowns };
}

/** Looks into an image in its registry; a failure is a sentence in `unknowns`. */
function createLook(world: CliWorld, options: SubjectOptions, unknowns: string[]) {
  return async (reference: string): Promise<Report | undefined> => {
    try {
      return await inspectSubject(world, `registry://${reference}`, options);
    } catch (error) {
      world.signal.throwIfAborted();
      unknowns.push(`${reference} could not be looked into: ${describeError(error)}`);
      return undefined;
    }
  };
}

async function listCandidates(
  world: CliWorld,
  { host, repository }: { readonly host: string; readonly repository: string },
  tag: string,
  unknowns: string[],
): Promise<readonly BaseCandidate[]> {
  try {
    const tags = await world.listTags(host, repository);
    return chooseCandidates(
      tag,
      tags.filter((one) => environmentOfTag(one) === undefined),
    );
  } catch (error) {
    world.signal.throwIfAborted();
    unknowns.push(`The tags of ${host}/${repository} could not be listed: ${describeError(error)}`);
    return [];
  }
}
