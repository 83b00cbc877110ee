// Everything about who somebody is and what they may, put together once: for the product and for tests alike.
import type { Database } from '../../io/db/database.ts';
import type { Http } from '../../io/net/http.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { type Access, createAccess } from './access.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { type AuditLog, createAuditLog } from './audit.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { createLoginBrake } from './login-brake.ts';
import { createLogins, type Logins } from './logins.ts';
import { createOrganisations, type Organisations } from './organisations.ts';
import { createPublishers, type Publishers } from './publishers.ts';
import { createRobots, type Robots } from './robots.ts';
import { createRoles, type Roles } from './roles.ts';
import { createTokens, type Tokens } from './tokens.ts';

export interface Rights {
  readonly accounts: Accounts;
  readonly access: Access;
  readonly accessTokens: AccessTokens;
  readonly audit: AuditLog;
  readonly logins: Logins;
  readonly organisations: Organisations;
  readonly publishers: Publishers;
  readonly robots: Robots;
  readonly roles: Roles;
  readonly tokens: Tokens;
}

export function createRights(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** Asks issuers for their keys. */
  readonly http: Pick<Http, 'request' | 'allowsPlaintext'>;
  /** Whose identity tokens may be trusted at all. */
  readonly issuers: readonly string[];
}): Rights {
  const accounts = createAccounts(deps);
  const accessTokens = createAccessTokens(deps);
  const robots = createRobots(deps);
  const publishers = createPublishers({ ...deps, keys: createIssuerKeys(deps) });
  const audit = createAuditLog(deps);
  const brake = createLoginBrake(deps);
  return {
    accounts,
    accessTokens,
    robots,
    publishers,
    audit,
    access: createAccess(deps),
    logins: createLogins({ ...deps, accounts, accessTokens, robots, publishers, audit, brake }),
    organisations: createOrganisations(deps),
    roles: createRoles(deps),
    tokens: createTokens(deps),
  };
}
