// What the commands of a part are handed: the folder of what this machine is a part of, and joining an instance.
import type { PartFile } from '../../io/parts/part-file.ts';
import type { PartFolder } from '../../io/parts/part-folder.ts';

export interface PartWorld {
  openFolder(): Promise<PartFolder>;
  /** By the origin of its public address and an invitation; what is kept from now on. `partfiles.*`, `net.*` */
  join(instance: string, invitation: string): Promise<PartFile>;
}
