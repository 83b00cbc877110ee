// What the commands of trust are told of the instance's authority on this machine.
import type { TrustStatus } from '../../services/trust/trust-status.ts';

export interface TrustShown {
  readonly status: TrustStatus;
  /** Where the keys are that the server signs with. */
  readonly keyFolder: string;
  /** Where the root's key still lies; absent where somebody has carried it away. */
  readonly rootFolder?: string;
}

export interface TrustMade extends TrustShown {
  /** False where there was an authority already. */
  readonly isNew: boolean;
}

/** How an authority is to be made. */
export interface TrustWish {
  /** Where the root's keys go; in the data folder where absent. */
  readonly rootFolder?: string;
  /** How many keys the root of the TUF repository has; 1 where absent. */
  readonly keys?: number;
  /** How many of them must sign a next root; 1 where absent. */
  readonly threshold?: number;
}
