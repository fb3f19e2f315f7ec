import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { CountReporter } from './server/test/support/reporter.ts'

export default defineConfig({
  test: {
    include: ['{bench,contract,scripts,server}/**/*.test.ts'],
    globalSetup: ['server/test/support/postgres-setup.ts'],
    setupFiles: ['server/test/support/property-seed.ts'],
    reporters: ['default', new CountReporter()],
    // Faster, and safe because no module keeps state; a test that needs isolation is a bug report.
    isolate: false,
    // One more than the cores of a small machine: many tests wait for processes that they started.
    maxWorkers: 3,
    // As the server does. Without it each thread and child of a test loads the compiler, and compiles anew.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') },
    // The first test that asks for PostgreSQL waits for its installation, on a busy machine for long.
    hookTimeout: 60_000,
    testTimeout: 60_000,
    // A snapshot is written by a person who reads it, never by a machine that agrees with itself.
    update: process.env['CI'] ? 'none' : 'new',
  },
})
