// Verdicts, marks and revocations over the server's services. Verdicts are given with or without an authority of the
// instance; nothing is signed before there is one, and no mark where they are turned off.
import type { Policy } from '../engines/policy/policy.ts';
import type { Database } from '../io/db/database.ts';
import type { Access } from '../services/hub/access.ts';
import type { Images } from '../services/hub/images.ts';
import type { Attachments } from '../services/registry/attachments.ts';
import type { InstanceTrust } from '../services/trust/instance-trust.ts';
import { createJudgedImages } from '../services/trust/judged-image.ts';
import { createMarkList } from '../services/trust/mark-list.ts';
import { createMarks } from '../services/trust/marks.ts';
import { createRevocationNotices } from '../services/trust/revocation-notice.ts';
import { createRevocations } from '../services/trust/revocations.ts';
import { createVerdicts } from '../services/trust/verdicts.ts';
import type { Config } from './config.ts';
import type { Surroundings } from './wire.ts';

export interface MarkingParts extends Pick<Surroundings, 'clock' | 'version'> {
  readonly database: Database;
  readonly images: Images;
  readonly access: Access;
  readonly attachments: Attachments;
  /** In force. */
  readonly policy: Policy;
  readonly trust: InstanceTrust;
}

export function createMarking(config: Config, parts: MarkingParts) {
  const { policy } = parts;
  const { query } = parts.database;
  const judgedImages = createJudgedImages({ ...parts, query });
  const notices = createRevocationNotices(parts);
  return {
    policy,
    notices,
    verdicts: createVerdicts({ query, judgedImages, policy }),
    markList: createMarkList({ query }),
    revocations: createRevocations({ ...parts, notices }),
    ...(config.marks === 'off' ? {} : { marks: createMarks({ ...parts, judgedImages }) }),
  };
}
