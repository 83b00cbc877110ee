// What changed in how an image was built, between what a tag named before and what it names now: derived at each asking
// from the stored records, since a statement may come, or be proved, long after the tag moved. Of an index each platform
// is compared with the same one before; what is not known of one side is unknown, and never "as before".
import {
  compareProvenance,
  type ProvenanceChange,
  type ProvenanceComparison,
} from '../../engines/attest/compare-provenance.ts';
import { describeIdentity, formatIdentityKey } from '../../engines/verify/learned-identity.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import type { Images, RepositoryName } from '../hub/images.ts';
import { findBuilds, rankOf, type StoredBuild } from './build-row.ts';

export interface BuildChange extends Omit<ProvenanceChange, 'what'> {
  readonly what: ProvenanceChange['what'] | 'signer';
}

export interface ComparedBuild {
  /** `linux/amd64`; several where the same is to be said of them. */
  readonly platforms: readonly string[];
  readonly before?: StoredBuild;
  readonly after?: StoredBuild;
  /** Notable ones first. */
  readonly changes: readonly BuildChange[];
  readonly unknowns: readonly string[];
}

export interface ComparedBuilds {
  /** `changed` where something notable is; `same` only where nothing is, and all of it is known. */
  readonly outcome: 'same' | 'changed' | 'unknown';
  /** A sentence. */
  readonly answer: string;
  readonly builds: readonly ComparedBuild[];
}

export interface BuildChanges {
  compare(repository: RepositoryName, before: Digest, after: Digest): Promise<ComparedBuilds>;
}

export function createBuildChanges(deps: {
  readonly query: Query;
  readonly images: Pick<Images, 'find'>;
}): BuildChanges {
  const { query, images } = deps;

  /** The record that counts for each platform; its own, or one of the whole index where that is better proved. */
  async function readSide(repository: RepositoryName, digest: Digest): Promise<Side> {
    const image = await images.find(repository, digest);
    const platforms = (image?.platforms ?? []).map((one) => ({
      name: one.platform ?? '',
      digest: one.digest,
    }));
    const found = await findBuilds(query, repository.id, [digest, ...platforms.map((one) => one.digest)]);
    const whole = found.get(digest);
    const builds = platforms.map((one): readonly [string, StoredBuild | undefined] => [
      one.name,
      better(found.get(one.digest), whole),
    ]);
    return new Map(builds.length === 0 ? [['', whole]] : builds);
  }

  return {
    async compare(repository, before, after) {
      const [old, now] = [await readSide(repository, before), await readSide(repository, after)];
      const names = [...new Set([...old.keys(), ...now.keys()])];
      const builds = joinSame(names.map((name) => comparePlatform(name, old.get(name), now.get(name))));
      return { ...judge(builds), builds };
    },
  };
}

type Side = ReadonlyMap<string, StoredBuild | undefined>;

function better(own: StoredBuild | undefined, whole: StoredBuild | undefined): StoredBuild | undefined {
  if (own === undefined || whole === undefined) return own ?? whole;
  return rankOf(whole) > rankOf(own) ? whole : own;
}

function comparePlatform(
  platform: string,
  before: StoredBuild | undefined,
  after: StoredBuild | undefined,
): ComparedBuild {
  const { changes, unknowns } = compareProvenance(before?.record, after?.record);
  return {
    platforms: platform === '' ? [] : [platform],
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    changes: [...compareSigners(before, after), ...changes],
    unknowns: [...unknowns, ...compareProofs(before, after)],
  };
}

function compareSigners(
  before: StoredBuild | undefined,
  after: StoredBuild | undefined,
): readonly BuildChange[] {
  const [one, other] = [before?.signer?.identity, after?.signer?.identity];
  if (one === undefined || other === undefined || formatIdentityKey(one) === formatIdentityKey(other))
    return [];
  const [was, is] = [describeIdentity(one), describeIdentity(other)];
  const sentence = `What says how it was built was signed by ${was}, and is signed by ${is}.`;
  return [{ what: 'signer', weight: 'notable', before: was, after: is, sentence }];
}

/** A record that is less proved than the one before may be anybody's. */
function compareProofs(
  before: StoredBuild | undefined,
  after: StoredBuild | undefined,
): ProvenanceComparison['unknowns'] {
  if (before === undefined || after === undefined || before.proof === after.proof) return [];
  return [`What says so was ${PROOFS[before.proof]} before, and is ${PROOFS[after.proof]} now.`];
}

const PROOFS: Readonly<Record<StoredBuild['proof'], string>> = {
  proved: 'signed and proved',
  unproved: 'signed by somebody whom this server cannot prove',
  unsigned: 'unsigned',
};

/** Platforms that differ in nothing that is said of them are one. */
function joinSame(all: readonly ComparedBuild[]): readonly ComparedBuild[] {
  const groups = Map.groupBy(all, ({ platforms: _, before, after, ...said }) =>
    JSON.stringify([said, describe(before), describe(after)]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, platforms: group.flatMap((one) => one.platforms) }];
  });
}

/** What tells one side from another; of the record what is shown of it. */
function describe(build: StoredBuild | undefined): unknown {
  if (build === undefined) return undefined;
  const { record, proof, signer } = build;
  const { builder, buildType, sourceRepository, sourceRef, commit, workflow, isolation } = record;
  return [builder, buildType, sourceRepository, sourceRef, commit, workflow, isolation, proof, signer?.id];
}

function judge(builds: readonly ComparedBuild[]): Pick<ComparedBuilds, 'outcome' | 'answer'> {
  const notable = new Set(
    builds.flatMap(({ changes }) =>
      changes.filter(({ weight }) => weight === 'notable').map(({ sentence }) => sentence),
    ),
  );
  const isUnknown = builds.length === 0 || builds.some(({ unknowns }) => unknowns.length > 0);
  const also = isUnknown ? ' Not all of it could be compared.' : '';
  if (notable.size > 0) {
    const things = notable.size === 1 ? '1 thing' : `${notable.size} things`;
    return { outcome: 'changed', answer: `${things} changed in how it was built.${also}` };
  }
  if (builds.every(({ before, after }) => before === undefined || after === undefined))
    return { outcome: 'unknown', answer: 'How it was built cannot be compared with the one before.' };
  if (isUnknown)
    return { outcome: 'unknown', answer: `Nothing is known to have changed in how it was built.${also}` };
  return { outcome: 'same', answer: 'It was built as the one before.' };
}
