// The list of tags of one repository with 200,000 of them, or with as many as a server took in the time for it.

import { fill } from './fill.ts';
import { drive, type Load, missingGenerator } from './load.ts';
import type { Measure, Part } from './part.ts';
import { digestOf, emptyConfig, formatManifest, pushBlob, putManifest } from './push.ts';
import type { Server } from './server.ts';
import { openWire } from './wire.ts';

const REPOSITORY = 'bench/tags';
const TAGS = 200_000;
/** Tags a PUT where a server takes several: as many as the specification demands. */
const TOGETHER = 10;

export const tags: Part = {
  name: 'tags',
  title: 'Tag list',
  missing: () => missingGenerator('GET'),
  async prepare(servers, { fillSeconds }) {
    const made = new Map<Server, number>();
    for (const server of servers) made.set(server, await makeTags(server, fillSeconds));
    const pages: readonly (readonly [string, (count: number) => string, number])[] = [
      ['first 100', () => 'n=100', 0],
      ['100 from the middle', (count) => `n=100&last=${nameOf(count / 2 - 1)}`, 0.5],
      ['1,000 from the middle', (count) => `n=1000&last=${nameOf(count / 2 - 1)}`, 0.5],
    ];
    for (const server of servers)
      for (const [, query, from] of pages) {
        const count = made.get(server) as number;
        await checkPage(server, query(count), nameOf(Math.floor(count * from)));
      }
    return {
      measures: pages.flatMap(([title, query]) =>
        [1, 8].map(
          (connections): Measure => ({
            title: `tags, ${title}, ${connections} connection${connections === 1 ? '' : 's'}`,
            unit: 'req/s',
            run: (server, _round, seconds) =>
              drive(load(server, query(made.get(server) as number), connections, seconds)),
          }),
        ),
      ),
      notes: [...made].map(([server, count]) => {
        const why = count < TAGS ? `: more took longer than ${fillSeconds} s` : '';
        const how = server.contestant.pagesTags ? '' : ', and answers all of them each time';
        return `${server.name} has ${count.toLocaleString('en')} tags${why}${how}.`;
      }),
    };
  },
};

function load(server: Server, query: string, connections: number, seconds: number): Load {
  const url = `http://${server.host}/v2/${REPOSITORY}/tags/list?${query}`;
  return { method: 'GET', url, headers: {}, connections, seconds };
}

/** No name that reads as a release, and in order of their numbers. */
function nameOf(index: number): string {
  return `t${String(Math.max(0, Math.floor(index))).padStart(6, '0')}`;
}

async function makeTags(server: Server, seconds: number): Promise<number> {
  const authorization = await server.authorize(REPOSITORY);
  using first = await openWire(server.port);
  const config = await pushBlob(first, { repository: REPOSITORY, authorization }, [emptyConfig()]);
  const bytes = formatManifest(config, []);
  const digest = digestOf(bytes);
  const each = server.contestant.takesTags ? TOGETHER : 1;
  await putManifest(first, { repository: REPOSITORY, authorization }, digest, bytes);
  const count = TAGS / each;
  const done = await fill(server, [REPOSITORY], { count, seconds }, (wire, place, index) => {
    const names = Array.from({ length: each }, (_, position) => nameOf(index * each + position));
    const many = `${digest}?${names.map((name) => `tag=${name}`).join('&')}`;
    return putManifest(wire, place, each === 1 ? (names[0] as string) : many, bytes);
  });
  return done * each;
}

/** A hundred tags or a thousand, from the right one on. */
async function checkPage(server: Server, query: string, first: string): Promise<void> {
  const answer = await fetch(`http://${server.host}/v2/${REPOSITORY}/tags/list?${query}`);
  const { tags } = (await answer.json()) as { tags: string[] };
  const wanted = Number(/n=(\d+)/.exec(query)?.[1]);
  const isPage = server.contestant.pagesTags
    ? tags.length === wanted && tags[0] === first
    : tags.includes(first);
  if (answer.status !== 200 || !isPage)
    throw new Error(`${server.name} ${query}: ${answer.status}, ${tags.length} tags from ${tags[0]}`);
}
