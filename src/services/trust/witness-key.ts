// This instance as a witness: one name, kept from its first start on, and a key of each kind. New logs go by ML-DSA-44;
// those that know Ed25519 alone find that line beside it. After a renewal the former ones cosign too, until their end.
import {
  type CosignatureAlgorithm,
  type Cosigner,
  createCosigner,
} from '../../formats/crypto/cosignature.ts';
import type { Database } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { keysThatHold, readKeptKeys } from '../hub/kept-keys.ts';
import { keepSetting } from '../hub/kept-setting.ts';

const NAME_SETTING = 'witness_name';
/** Tells witnesses without a public name apart. */
const NAME_BYTES = 8;

/** A key with its end, where another one has taken its place. */
export interface WitnessKey {
  readonly cosigner: Cosigner;
  readonly until?: number;
}

/** The newest of each kind first; those that have ended are left out. Made where there are none. */
export async function readWitnessKeys(parts: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** Where clients reach the server; names the witness at its first start. */
  readonly publicUrl?: string;
}): Promise<readonly WitnessKey[]> {
  const { database, random, publicUrl } = parts;
  const unnamed = `plimsoll/${Buffer.from(random.bytes(NAME_BYTES)).toString('hex')}/witness`;
  const wish = publicUrl === undefined ? unnamed : `${new URL(publicUrl).host}/witness`;
  const name = await keepSetting(database, NAME_SETTING, wish);
  const read = async (algorithm: CosignatureAlgorithm, kept: string): Promise<readonly WitnessKey[]> =>
    keysThatHold(await readKeptKeys(parts, kept), parts.clock.now()).map(
      ({ secret, acceptedUntil: until }) => ({
        cosigner: createCosigner(name, algorithm, secret),
        ...(until === undefined ? {} : { until }),
      }),
    );
  return [
    ...(await read('ml-dsa-44', 'witness_key_ml_dsa_44')),
    ...(await read('ed25519', 'witness_key_ed25519')),
  ];
}
