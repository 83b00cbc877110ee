// The contract's shapes of webhooks; read contract.ts first. For administrators alone.
import { z } from 'zod';
import { instant } from './contract.ts';

const webhookEvent = z.enum([
  'change',
  'push',
  'delete',
  'tag_suspected',
  'tag_held',
  'tag_confirmed',
  'tag_dropped',
  'image_revoked',
  'image_reinstated',
  'signature_unexpected',
  'build_changed',
  'blob_damaged',
  'blob_repaired',
]);

export const webhook = z
  .object({
    id: z.string(),
    url: z.string(),
    /** Pattern of the repositories that it is told of: `*` within a part, `**` across. */
    repositories: z.string(),
    /**
     * `change`: what is different under a tag, once it is known; `push` and `delete`: that it was done, at once;
     * `tag_…`: what the sentinel made of a push, and how a waiting one ended; `image_revoked` and
     * `image_reinstated`: somebody took an image back, or undid that; `signature_unexpected`: a proved
     * signature by whom nobody expected; `build_changed`: an image built otherwise than the one before; `blob_damaged` and `blob_repaired`: of stored bytes that its repositories hold.
     */
    events: z.array(webhookEvent),
    createdAt: instant,
    /** Name of the account. */
    createdBy: z.string(),
  })
  .meta({ id: 'Webhook' });

/** Shown once: the secret signs every delivery and is never shown again. */
export const createdWebhook = webhook.extend({ secret: z.string() }).meta({ id: 'CreatedWebhook' });

export const webhookList = z.object({ webhooks: z.array(webhook) }).meta({ id: 'WebhookList' });

export const webhookWish = z
  .strictObject({
    url: z.string(),
    repositories: z.string().default('**'),
    events: z.array(webhookEvent).min(1).default(['change']),
    /** 16 to 200 characters; made where absent. */
    secret: z.string().optional(),
  })
  .meta({ id: 'WebhookWish' });

export const webhookDelivery = z
  .object({
    id: z.string(),
    event: z.string(),
    state: z.enum(['waiting', 'delivered', 'failed']),
    attempts: z.number().int(),
    /** HTTP status of the last answer. */
    status: z.number().int().optional(),
    /** Why the last try failed. */
    error: z.string().optional(),
    createdAt: instant,
    endedAt: instant.optional(),
    /** The delivery that was first, where somebody asked for it again. */
    replayOf: z.string().optional(),
  })
  .meta({ id: 'WebhookDelivery' });

export const webhookDeliveryList = z
  .object({ deliveries: z.array(webhookDelivery) })
  .meta({ id: 'WebhookDeliveryList' });

export type Webhook = z.infer<typeof webhook>;
export type CreatedWebhook = z.infer<typeof createdWebhook>;
export type WebhookList = z.infer<typeof webhookList>;
export type WebhookDelivery = z.infer<typeof webhookDelivery>;
export type WebhookDeliveryList = z.infer<typeof webhookDeliveryList>;
