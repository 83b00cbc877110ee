// This instance as a witness: one name, kept from its first start on, and a key of each kind. New logs go by ML-DSA-44;
// those that know Ed25519 alone find that line beside it.
import { type Cosigner, createCosigner } from '../../formats/crypto/cosignature.ts';
import type { Database } from '../../io/db/database.ts';
import type { Random } from '../../kit/clock.ts';
import { readKeptKey } from '../hub/kept-key.ts';
import { keepSetting } from '../hub/kept-setting.ts';

const NAME_SETTING = 'witness_name';
/** Tells witnesses without a public name apart. */
const NAME_BYTES = 8;

export async function readWitnessKeys(parts: {
  readonly database: Database;
  readonly random: Random;
  /** Where clients reach the server; names the witness at its first start. */
  readonly publicUrl?: string;
}): Promise<readonly Cosigner[]> {
  const { database, random, publicUrl } = parts;
  const unnamed = `plimsoll/${Buffer.from(random.bytes(NAME_BYTES)).toString('hex')}/witness`;
  const wish = publicUrl === undefined ? unnamed : `${new URL(publicUrl).host}/witness`;
  const name = await keepSetting(database, NAME_SETTING, wish);
  return [
    createCosigner(name, 'ml-dsa-44', await readKeptKey(parts, 'witness_key_ml_dsa_44')),
    createCosigner(name, 'ed25519', await readKeptKey(parts, 'witness_key_ed25519')),
  ];
}
