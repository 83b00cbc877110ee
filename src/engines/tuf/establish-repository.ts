// A repository of trust from nothing, where all who hold its root's keys are there: a person alone on the first day.
// Where they are not, `proposeRoot`, their signatures one by one, and `acceptRoot` do the same.
import { onlineRoles } from '../../formats/tuf/role-file.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import { proposeRoot, type RootHolder } from './propose-root.ts';
import { createTufPublisher, type TufPublisher, type TufPublisherParts } from './publisher.ts';
import { acceptRoot, readNewestRoot } from './root-shelf.ts';
import { signProposal } from './sign-role.ts';

export interface RootPlan {
  readonly holders: readonly RootHolder[];
  /** How many of them must sign; 1 where absent. */
  readonly threshold?: number;
  /** Those that are there now; they sign the first root. */
  readonly signers: readonly SigningKey[];
}

/**
 * The publisher of the repository, which is made where there is none: its first root, then what `readTargets` gives.
 * A repository that is there is left as it is. Throws what `proposeRoot`, `acceptRoot` and `publish` throw.
 */
export async function establishRepository(parts: TufPublisherParts, plan: RootPlan): Promise<TufPublisher> {
  const { store, clock } = parts;
  const publisher = createTufPublisher(parts);
  if ((await readNewestRoot(store)) !== undefined) return publisher;
  const online = await Promise.all(
    onlineRoles.map(
      async (role) => [role, (await parts.keys(role, [])).map(({ publicKey }) => publicKey)] as const,
    ),
  );
  const wish = {
    addKeys: plan.holders,
    threshold: plan.threshold ?? 1,
    onlineKeys: Object.fromEntries(online),
  };
  let proposal = proposeRoot(undefined, wish, clock.now());
  for (const signer of plan.signers) proposal = await signProposal(proposal, signer);
  await acceptRoot(store, proposal, clock.now());
  await publisher.publish();
  return publisher;
}
