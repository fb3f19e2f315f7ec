import type { Access, RouteSpec } from '@pharos/contract/route.ts'
import type { PlaygroundServices } from '../../features/mods/index.ts'

/** Who may use the playground and the activation explorer. Source: house §8, rulings §8. */
export function playgroundAccess({ isPublic }: Pick<PlaygroundServices, 'isPublic'>): Access {
  return isPublic ? 'public' : 'completions:run'
}

/** A route of the playground for those whom the operator lets in. */
export function openedRoute<R extends RouteSpec>(
  route: R,
  playground: Pick<PlaygroundServices, 'isPublic'>,
): R {
  return { ...route, access: playgroundAccess(playground) }
}
