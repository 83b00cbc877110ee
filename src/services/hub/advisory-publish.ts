// Publishes the instance's advisory store into its own registry, where anybody may pull it: a machine without
// internet, or a CI job, needs this one server. Done again after each change; where the same store is published
// already, nothing is written. The manifest of before is removed once the tag has moved on.
import { publishAdvisories } from '../../engines/advisory/publish.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { AdvisoryShelf } from '../../io/advisories/store.ts';
import type { ImageSource, ImageTarget } from '../../io/images/source.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Log } from '../../kit/log.ts';
import type { JobWish } from '../jobs/queue.ts';
import type { JobHandler } from '../jobs/worker.ts';
import { ownRepositories } from './access.ts';

export interface AdvisoryPublishDeps {
  readonly shelf: AdvisoryShelf;
  readonly clock: Clock;
  readonly log: Log;
  readonly place: AdvisoryPlace;
}

/** Where in the own registry the store stands. */
export interface AdvisoryPlace {
  openSource(): Promise<ImageSource>;
  openTarget(): Promise<ImageTarget>;
  /** Removes a manifest that no tag names any more; nothing where it is gone. */
  remove(digest: Digest): Promise<void>;
}

/** The job that publishes the store as it then is. */
export const publishJob: JobWish = Object.freeze({ kind: 'publish-advisories', key: 'all', input: {} });

export const advisoryRepository = `${ownRepositories}advisories`;
export const advisoryTag = 'latest';

export function createPublishHandler({ shelf, clock, log, place }: AdvisoryPublishDeps): JobHandler {
  return {
    async run(_job, signal) {
      await using store = await shelf.open();
      if (store.feeds().length === 0) return;
      await using previous = await place.openSource();
      await using target = await place.openTarget();
      // Forced: what stands there is this instance's own word, and an older shelf put back is meant.
      const result = await publishAdvisories({ store, target, previous, clock, signal, isForced: true });
      if (result.kind === 'present') return;
      if (result.previous !== undefined && result.previous !== result.digest)
        await place.remove(result.previous);
      const { digest, fullBytes, deltaBytes } = result;
      log.notice('advisories published', { repository: advisoryRepository, digest, fullBytes, deltaBytes });
      if (result.refusedPrevious !== undefined)
        log.warn('advisories published without a delta', { error: result.refusedPrevious });
    },
  };
}
