// Quotas of namespaces: what each holds to the byte, for whoever has a role there, and what it may hold, which
// administrators say. A quota below what is held takes nothing away; it lets nothing more in.
import type { Database } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import type { AdministratorGrant, NamespaceGrant } from '../hub/access.ts';
import { recordAudit } from '../hub/audit.ts';
import { type NamespaceUsage, readQuota, readUsage } from './rows/quota.ts';

export interface QuotaStatus extends NamespaceUsage {
  readonly namespace: string;
  /** Absent: without limit. */
  readonly quotaBytes?: number;
}

export interface Quotas {
  find(grant: Pick<NamespaceGrant<'pull'>, 'namespace'>): Promise<QuotaStatus>;
  /** `quotaBytes` null: without limit from now on. */
  set(grant: AdministratorGrant, namespace: string, quotaBytes: number | null): Promise<QuotaStatus>;
}

export function createQuotas(deps: { readonly database: Database; readonly clock: Clock }): Quotas {
  const { database, clock } = deps;

  async function find({ namespace }: { readonly namespace: string }): Promise<QuotaStatus> {
    const quotaBytes = await readQuota(database.query, namespace);
    const usage = await readUsage(database.query, namespace);
    return { namespace, ...usage, ...(quotaBytes === undefined ? {} : { quotaBytes }) };
  }

  return {
    find,

    async set(grant, namespace, quotaBytes) {
      const now = clock.now();
      await database.transaction(async (query) => {
        await query.deleteFrom('namespace_quota').where('namespace', '=', namespace).execute();
        if (quotaBytes !== null)
          await query
            .insertInto('namespace_quota')
            .values({ namespace, quota_bytes: quotaBytes, set_at: now })
            .execute();
        const wish = { action: 'namespace.quota', target: namespace, detail: { quotaBytes } };
        await recordAudit(query, grant, [wish], now);
      });
      return find({ namespace });
    },
  };
}
