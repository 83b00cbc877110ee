// The history of a tag as the API would tell it: two pushes before the image that stands there, and one deletion.
import type { TagHistory, TagMove } from '../../src/entry/http/contract-tag.ts';
import type { FakeImage } from './fixture.ts';
import { ago } from './report-fixture.ts';

export function listMoves(
  images: readonly FakeImage[],
  repository: string,
  tag: string,
  query: URLSearchParams,
): TagHistory | undefined {
  const image = images.find(({ row }) => row.repository === repository && row.tag === tag);
  if (image === undefined) return undefined;
  const older = [1, 2].map((at) => `sha256:${String(at).repeat(64)}`) as [string, string];
  const all: TagMove[] = [
    move(41, {
      at: image.row.pushedAt,
      digest: image.row.digest,
      previous: older[0],
      judgement: {
        suspicions: [{ rule: 'start_changed', why: 'It starts another program.' }],
        unknowns: [{ where: 'packages_changed', why: 'The image was not looked into yet.' }],
      },
    }),
    move(30, { at: ago(400), digest: older[0] }),
    move(29, { at: ago(401), kind: 'deleted', previous: older[1], via: 'api', reason: 'a key was in it' }),
    move(3, {
      at: ago(5000),
      kind: 'adopted',
      digest: older[1],
      by: 'plimsoll',
      via: 'adoption',
      since: ago(9000),
    }),
  ];
  const at = query.get('at');
  if (at === null) return { repository, tag, moves: all };
  const time = Date.parse(at);
  const moves = all.filter((one) => Date.parse(one.since ?? one.at) <= time);
  const [last] = moves;
  const held = last?.digest === undefined ? {} : { digest: last.digest };
  const leaf = last === undefined ? {} : { leaf: last.leaf };
  return { repository, tag, moves, at: { at, ...held, ...leaf, isHeld: last?.digest === image.row.digest } };
}

function move(leaf: number, more: Partial<TagMove> & Pick<TagMove, 'at'>): TagMove {
  return { leaf, kind: 'moved', by: 'maintainer', via: 'push', record: '{}', ...more };
}
