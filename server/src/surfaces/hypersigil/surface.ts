import type { Access } from '@pharos/contract/route.ts'
import type { DeploymentPowers } from '../../features/deployments/index.ts'
import type { Caller } from '../../features/identity/index.ts'
import type { Surface } from '../../platform/http/surface.ts'
import { apiKeyRoutes, type ApiKeyPowers } from './api-key-routes.ts'
import { authRoutes, type AuthPowers } from './auth-routes.ts'
import { inOwnWords } from './caller.ts'
import { commentRoutes, type CommentPowers } from './comment-routes.ts'
import { dashboardRoutes, type DashboardPowers } from './dashboard-routes.ts'
import { deploymentEmbeddingRoutes } from './deployment-embedding-routes.ts'
import { deploymentRoutes } from './deployment-routes.ts'
import { executionRoutes, type ExecutionRoutePowers } from './execution-routes.ts'
import { executionViewRoutes, type ExecutionViewPowers } from './execution-view-routes.ts'
import { statusRoutes, type StatusPowers } from './status-routes.ts'
import { toErrorReply } from './errors.ts'
import { fileRoutes, type FilePowers } from './file-routes.ts'
import { jobRoutes, type JobRoutePowers } from './job-routes.ts'
import { promptRoutes, type PromptPowers } from './prompt-routes.ts'
import { providerRoutes, type ProviderPowers } from './provider-routes.ts'
import { securityHeaders } from './security-headers.ts'
import { settingRoutes, type SettingPowers } from './settings-routes.ts'
import { testDataRoutes, type TestDataPowers } from './test-data-routes.ts'
import { userRoutes, type UserPowers } from './user-routes.ts'
import { webhookRoutes, type WebhookRoutePowers } from './webhook-routes.ts'

export interface HypersigilSurfaceOptions
  extends
    StatusPowers,
    ExecutionRoutePowers,
    ExecutionViewPowers,
    DashboardPowers,
    DeploymentPowers,
    WebhookRoutePowers,
    AuthPowers,
    UserPowers,
    ApiKeyPowers,
    PromptPowers,
    CommentPowers,
    JobRoutePowers,
    TestDataPowers,
    FilePowers,
    ProviderPowers,
    SettingPowers {
  resolveCaller: Surface<Caller, Access>['resolveCaller']
}

/** Accounts, prompts and what is made of them. Source: hypersigil contract §0, §1. */
export function hypersigilSurface(options: HypersigilSurfaceOptions): Surface<Caller, Access> {
  return {
    name: 'hypersigil',
    bodyLimitBytes: 10 * 1024 * 1024,
    quirks: {
      answersTrailingSlash: true,
      answersHead: true,
      answersOptions: true,
      ignoresCase: true,
      refusesRepeatedKeys: true,
    },
    headers: securityHeaders,
    resolveCaller: inOwnWords(options.resolveCaller),
    toErrorReply,
    routes: [
      ...statusRoutes(options),
      ...authRoutes(options),
      ...userRoutes(options),
      ...apiKeyRoutes(options),
      ...promptRoutes(options),
      ...commentRoutes(options),
      ...jobRoutes(options),
      ...testDataRoutes(options),
      ...fileRoutes(options),
      ...providerRoutes(options),
      ...settingRoutes(options),
      ...deploymentRoutes(options),
      ...deploymentEmbeddingRoutes(options),
      ...webhookRoutes(options),
      ...executionRoutes(options),
      ...executionViewRoutes(options),
      ...dashboardRoutes(options),
    ],
  }
}
