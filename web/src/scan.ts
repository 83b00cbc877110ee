// What a scan's state means for a page: whether to keep asking, and the words for it.
import type { ScanState } from '../../src/entry/http/contract.ts';

/** Nothing more happens by itself: asking again is of no use. */
export function isFinal(scan: ScanState): boolean {
  return scan.state === 'judged' || scan.state === 'failed' || scan.state === 'unsupported';
}

/** One sentence without full stop, for a list's second line and for screen readers. */
export function formatScan(scan: ScanState): string {
  switch (scan.state) {
    case 'queued':
      return 'Waiting to be looked into';
    case 'indexing':
      return `Analysed ${scan.layersDone} of ${scan.layersTotal} layers`;
    case 'matching':
      return 'Comparing its packages with the advisories';
    case 'judging':
      return 'Judging it by the policy';
    case 'judged':
      return 'Judged';
    case 'failed':
      return 'Could not be looked into';
    case 'unsupported':
      return 'Not an image, so there is nothing to judge';
  }
}
