// The columns of a repository's table of tags.
import type { ImageRow } from '../../../src/entry/http/contract.ts';
import { Digest } from '../components/digest.tsx';
import { Known } from '../components/known.tsx';
import { ImageLink } from '../components/links.tsx';
import { LoadLine } from '../components/load-line.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import type { Column } from '../components/table.tsx';
import { formatBytes, formatDigest } from '../format.ts';
import { formatScan } from '../scan.ts';

export const TAG_COLUMNS: readonly Column<ImageRow>[] = [
  {
    key: 'tag',
    title: 'Tag',
    cell: ({ repository, tag, digest, summary, scan }) => (
      <ImageLink repository={repository} reference={tag ?? digest} className="tag-name stretch">
        <LoadLine size={22} levels={summary?.loadLine} scan={scan} decorative />
        {tag ?? formatDigest(digest)}
      </ImageLink>
    ),
  },
  {
    key: 'answer',
    title: 'Answer',
    className: 'tag-answer',
    cell: ({ summary, scan }) => (
      <>
        {summary?.answer ?? scan.error ?? formatScan(scan)}
        {summary ? (
          <div>
            <Known of={summary} />
          </div>
        ) : null}
      </>
    ),
  },
  {
    key: 'platforms',
    title: 'Platforms',
    className: 'tag-platforms',
    cell: ({ platforms }) => (
      <code>
        {platforms.slice(0, 2).join('\n')}
        {platforms.length > 2 ? `\nand ${platforms.length - 2} more` : ''}
      </code>
    ),
  },
  {
    key: 'size',
    title: 'Size',
    className: 'number nowrap',
    cell: ({ summary }) => (summary ? formatBytes(summary.sizeBytes) : ''),
  },
  {
    key: 'pushed',
    title: 'Pushed',
    className: 'nowrap',
    cell: ({ pushedAt, pulledAt }) => (
      <>
        <RelativeTime instant={pushedAt} />
        {pulledAt ? (
          <div className="quiet">
            last pulled <RelativeTime instant={pulledAt} />
          </div>
        ) : null}
      </>
    ),
  },
  { key: 'digest', title: 'Digest', cell: ({ digest }) => <Digest digest={digest} /> },
];
