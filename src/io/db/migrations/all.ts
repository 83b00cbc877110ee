// Every change of the tables, in order. A new one is a file, a line here, and its sum in tables.ts.
import type { Migration } from '../migrate.ts';
import { first } from './0001-first.ts';
import { imageChain } from './0002-image-chain.ts';
import { changes } from './0003-changes.ts';
import { tagLog } from './0004-tag-log.ts';
import { rights } from './0005-rights.ts';
import { collection } from './0006-collection.ts';
import { usage } from './0007-usage.ts';
import { sentinel } from './0008-sentinel.ts';
import { certificate } from './0009-certificate.ts';
import { pull } from './0010-pull.ts';
import { sentinelSetting } from './0011-sentinel-setting.ts';
import { mirror } from './0012-mirror.ts';
import { manyTags } from './0013-many-tags.ts';
import { trust } from './0014-trust.ts';
import { mark } from './0015-mark.ts';
import { identity } from './0016-identity.ts';
import { rotation } from './0017-rotation.ts';
import { witness } from './0018-witness.ts';
import { part } from './0019-part.ts';
import { rotate } from './0020-rotate.ts';

export const migrations: readonly Migration[] = Object.freeze([
  first,
  imageChain,
  changes,
  tagLog,
  rights,
  collection,
  usage,
  sentinel,
  certificate,
  pull,
  sentinelSetting,
  mirror,
  manyTags,
  trust,
  mark,
  identity,
  rotation,
  witness,
  part,
  rotate,
]);
