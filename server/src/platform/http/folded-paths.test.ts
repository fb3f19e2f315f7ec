import { describe, expect, it } from 'vitest'
import { FoldedPaths } from './folded-paths.ts'

function folded(...templates: string[]): FoldedPaths {
  const paths = new FoldedPaths()
  for (const template of templates) paths.add(template)
  return paths
}

describe('FoldedPaths', () => {
  const paths = folded('/api/v1/users/{id}', '/api/v1/users/Profile/me', '/api/v1/users')

  it.each([
    ['/API/v1/Users', '/api/v1/users'],
    ['/api/v1/USERS/', '/api/v1/users/'],
    ['/Api/V1/users/ABC?Page=1', '/api/v1/users/ABC?Page=1'],
    ['/api/v1/users/PROFILE/ME', '/api/v1/users/Profile/me'],
  ])('writes the words of %s as their template does, and nothing else', (sent, meant) => {
    expect(paths.inTheirCase(sent)).toBe(meant)
  })

  it.each(['/api/v1/users/abc', '/API/v2/users', '/logs/ABC', '/API/v1/users//', '/', '', '*'])(
    'leaves %j alone',
    (url) => {
      expect(paths.inTheirCase(url)).toBe(url)
    },
  )
})
