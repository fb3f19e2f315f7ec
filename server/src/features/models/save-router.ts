import { DomainError } from '../../platform/domain-error.ts'
import { allow } from '../identity/index.ts'
import { discoveredModels } from './listed-local.ts'
import { aliasNotFound } from './list-aliases.ts'
import type { AliasInput, AliasOptions, AliasTarget, RouterAlias } from './model-alias.ts'
import type { ModelWriteContext } from './model-context.ts'
import { toAliasTarget, type RouterTarget } from './router-targets.ts'
import { createAlias, updateAlias } from './save-alias.ts'

/** What Bodhi's clients say of a router. Source: bodhi contract B.3. */
export interface RouterInput {
  readonly alias: string
  readonly targets: readonly RouterTarget[]
  readonly strategy: RouterStrategy
}

export interface RouterStrategy {
  readonly strategy: AliasOptions['strategy']
  /** 30 if not given. */
  readonly cooldownSeconds?: number | null | undefined
  /** 0, and none: every target. */
  readonly maxAttempts?: number | null | undefined
  readonly honorsRetryAfter?: boolean | null | undefined
}

const usualCooldown = 30

/** Adds a router. Needs `models:manage`. Throws DomainError as `createAlias` and `toAliasTarget`. */
export async function createRouter(
  ctx: ModelWriteContext,
  input: RouterInput,
): Promise<RouterAlias> {
  allow(ctx.caller, 'models:manage')
  return createAlias(ctx, input.alias, await toInput(ctx, input, undefined))
}

/**
 * Replaces a router, found by id or name; what this wire cannot say of it stays. Needs
 * `models:manage`.
 * @throws DomainError as `createRouter`; `not-found`; `invalid` for another name.
 */
export async function updateRouter(
  ctx: ModelWriteContext,
  idOrName: string,
  input: RouterInput,
): Promise<RouterAlias> {
  allow(ctx.caller, 'models:manage')
  const known = await findRouter(ctx, idOrName)
  if (!known) throw aliasNotFound(idOrName)
  if (input.alias !== known.name) {
    throw new DomainError('invalid', `The alias ${known.name} cannot be renamed`, {
      details: {
        code: 'create_alias_error-alias_mismatch',
        param: 'alias',
        path: known.name,
        request: input.alias,
      },
    })
  }
  return updateAlias(ctx, known.name, await toInput(ctx, input, known))
}

async function findRouter(
  { directory }: ModelWriteContext,
  idOrName: string,
): Promise<RouterAlias | undefined> {
  const { aliases } = await directory.snapshot()
  const named = aliases.get(idOrName)
  const alias = named ?? [...aliases.values()].find(({ id }) => id === idOrName)
  return alias?.kind === 'router' ? alias : undefined
}

async function toInput(
  ctx: ModelWriteContext,
  { alias, targets, strategy: said }: RouterInput,
  known: RouterAlias | undefined,
): Promise<AliasInput> {
  if (targets.length === 0) {
    throw new DomainError('invalid', 'A router needs at least one target', {
      details: { code: 'model_router_error-empty_chain', param: 'targets' },
    })
  }
  const snapshot = await ctx.directory.snapshot()
  const discovered = await discoveredModels(ctx, snapshot)
  const places = { providers: ctx.providers, snapshot, discovered }
  const { strategy, cooldownSeconds, maxAttempts, honorsRetryAfter } = said
  const { cacheSeconds, traceTokens } = known?.options ?? {}
  return {
    targets: targets.map((target) => withTimeout(toAliasTarget(alias, target, places), known)),
    requestParams: known?.requestParams ?? {},
    options: {
      strategy,
      cooldownSeconds: cooldownSeconds ?? usualCooldown,
      maxAttempts: maxAttempts ?? 0,
      honorsRetryAfter: honorsRetryAfter ?? false,
      ...(cacheSeconds !== undefined && { cacheSeconds }),
      ...(traceTokens !== undefined && { traceTokens }),
    },
  }
}

function withTimeout(target: AliasTarget, known: RouterAlias | undefined): AliasTarget {
  const timeoutMs = known?.targets.find(({ model }) => model === target.model)?.timeoutMs
  return timeoutMs === undefined ? target : { ...target, timeoutMs }
}
