const parameter = /\{(\w+)\}/g

/** `/v1/traces/{trace_id}` in the router's own notation. */
export function toRouterPath(template: string): string {
  return template.replaceAll(':', '::').replace(parameter, ':$1')
}

/** Two templates with the same signature answer the same paths. */
export function signatureOf(template: string): string {
  return template.replace(parameter, '{}')
}

/** Matches the paths of a template as they are sent; a parameter is never empty. */
export function toPattern(template: string, hasSlashForm = false): RegExp {
  const source = template
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? '[^/]+' : RegExp.escape(part)))
  return new RegExp(`^${source.join('')}${hasSlashForm ? '/?' : ''}$`)
}
