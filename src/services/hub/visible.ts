// Which repositories somebody may see, as a condition of a query: public ones, and those they have a role in. For
// lists and search; one repository's bytes are access.ts's business, by the same rows.
import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Tables } from '../../io/db/tables.ts';
import type { Principal } from './principal.ts';

/**
 * A condition on `repository`. 'product' sees all: for what is shown to nobody else. A bearer token and an access
 * token for some repositories alone see what anybody sees.
 */
export function isVisible(viewer: Principal | 'product') {
  return (eb: ExpressionBuilder<Tables, 'repository'>) => {
    if (seesAll(viewer)) return sql<SqlBool>`1 = 1`;
    const open = eb('repository.is_public', '=', 1);
    if (viewer === 'product' || viewer.kind === 'anonymous' || viewer.kind === 'publisher') return open;
    if (viewer.scopes !== undefined || viewer.permissions !== undefined) return open;
    const { id, kind } = viewer;
    const role = eb
      .selectFrom('role')
      .select('role.role')
      .where(({ and, eb: inner, or, selectFrom }) =>
        or([
          and([inner('role.subject_kind', '=', kind), inner('role.subject_id', '=', id)]),
          ...(kind === 'robot'
            ? []
            : [
                and([
                  inner('role.subject_kind', '=', 'team'),
                  inner(
                    'role.subject_id',
                    'in',
                    selectFrom('team_member').select('team_id').where('account_id', '=', id),
                  ),
                ]),
              ]),
        ]),
      )
      .where(({ and, eb: inner, or }) =>
        or([
          inner('role.target', '=', sql.ref<string>('repository.name')),
          and([inner('role.target_kind', '=', 'namespace'), isWithin]),
        ]),
      );
    return eb.or([open, eb.exists(role)]);
  };
}

/** Not `like`: names hold `_`, which it takes for any character. */
const isWithin = sql<SqlBool>`substr(repository.name, 1, length(role.target) + 1) = role.target || '/'`;

function seesAll(viewer: Principal | 'product'): boolean {
  if (viewer === 'product') return true;
  return (
    viewer.kind === 'account' &&
    viewer.isAdmin &&
    viewer.scopes === undefined &&
    viewer.permissions === undefined
  );
}
