-- +goose Up

-- Conventions. One text for SQLite and PostgreSQL; dialect.go says what is replaced before it runs.
-- Instants are microseconds since 1970, UTC. Flags are 0 and 1. Ids are GUIDs in lower case.
-- Columns of a name (display_name, mail, ...) hold its folded form: they serve filters and sorting,
-- the name as written stands in doc. doc is the whole object as JSON of the core's type.
-- tenant_id is tenant.no: a short number keeps every key and index small.

CREATE TABLE tenant (
    no           BIGINT NOT NULL PRIMARY KEY,
    id           TEXT   NOT NULL UNIQUE,
    display_name TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);

CREATE TABLE catalog (
    tenant_id          BIGINT  NOT NULL REFERENCES tenant (no),
    id                 TEXT    NOT NULL,
    version            BIGINT  NOT NULL,
    display_name       TEXT    NOT NULL,
    description        TEXT    NOT NULL,
    unique_name        TEXT,
    type               TEXT    NOT NULL CHECK (type IN ('userManaged', 'serviceDefault', 'serviceManaged')),
    published          INTEGER NOT NULL,
    externally_visible INTEGER NOT NULL,
    created_at         BIGINT  NOT NULL,
    modified_at        BIGINT  NOT NULL,
    doc                TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX catalog_name ON catalog (tenant_id, display_name);
CREATE UNIQUE INDEX catalog_unique_name ON catalog (tenant_id, unique_name) WHERE unique_name IS NOT NULL;

CREATE TABLE resource (
    tenant_id     BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    version       BIGINT  NOT NULL,
    catalog_id    TEXT    NOT NULL,
    origin_system TEXT    NOT NULL,
    origin_id     TEXT    NOT NULL,
    type          TEXT    NOT NULL,
    display_name  TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    asks          INTEGER NOT NULL, -- it has attributes, which requestors have to fill in
    created_at    BIGINT  NOT NULL,
    doc           TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, catalog_id) REFERENCES catalog (tenant_id, id)
);
CREATE UNIQUE INDEX resource_origin ON resource (tenant_id, catalog_id, origin_system, origin_id);
CREATE INDEX resource_asks ON resource (tenant_id, catalog_id) WHERE asks = 1;

-- When data was uploaded to a resource; doc lists the files.
CREATE TABLE upload_session (
    tenant_id   BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    resource_id TEXT   NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, resource_id) REFERENCES resource (tenant_id, id)
);
CREATE INDEX upload_session_resource ON upload_session (tenant_id, resource_id, id);

-- What the files hold, in base64.
CREATE TABLE upload_content (
    tenant_id  BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    session_id TEXT   NOT NULL,
    content    TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, session_id) REFERENCES upload_session (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX upload_content_session ON upload_content (tenant_id, session_id);

-- What was asked of a catalog's resources; each was carried out at once.
CREATE TABLE resource_request (
    tenant_id  BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    catalog_id TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    doc        TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX resource_request_catalog ON resource_request (tenant_id, catalog_id, id);

-- What the policies of a catalog call.
CREATE TABLE custom_extension (
    tenant_id    BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    catalog_id   TEXT   NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('accessPackageAssignmentRequestWorkflowExtension',
                     'accessPackageAssignmentWorkflowExtension', 'customAccessPackageWorkflowExtension')),
    display_name TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    modified_at  BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, catalog_id) REFERENCES catalog (tenant_id, id)
);
CREATE INDEX custom_extension_catalog ON custom_extension (tenant_id, catalog_id, id);

-- Systems elsewhere whose roles could be given through packages.
CREATE TABLE origin_connector (
    tenant_id BIGINT NOT NULL,
    id        TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    doc       TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE package (
    tenant_id    BIGINT  NOT NULL,
    id           TEXT    NOT NULL,
    version      BIGINT  NOT NULL,
    catalog_id   TEXT    NOT NULL,
    display_name TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    unique_name  TEXT,
    hidden       INTEGER NOT NULL,
    created_at   BIGINT  NOT NULL,
    modified_at  BIGINT  NOT NULL,
    doc          TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, catalog_id) REFERENCES catalog (tenant_id, id)
);
CREATE UNIQUE INDEX package_name ON package (tenant_id, catalog_id, display_name);
CREATE UNIQUE INDEX package_unique_name ON package (tenant_id, unique_name) WHERE unique_name IS NOT NULL;

-- Which packages a package cannot be had together with; doc of package holds the same list.
CREATE TABLE package_incompatible (
    tenant_id  BIGINT NOT NULL,
    package_id TEXT   NOT NULL,
    other_id   TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, package_id, other_id),
    FOREIGN KEY (tenant_id, package_id) REFERENCES package (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, other_id) REFERENCES package (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX package_incompatible_other ON package_incompatible (tenant_id, other_id);

-- Which groups' members cannot have a package; doc of package holds the same list.
CREATE TABLE package_barred_group (
    tenant_id  BIGINT NOT NULL,
    package_id TEXT   NOT NULL,
    group_id   TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, package_id, group_id),
    FOREIGN KEY (tenant_id, package_id) REFERENCES package (tenant_id, id) ON DELETE CASCADE
);

-- What a package gives, as the origin knows it; doc of package holds the same list.
CREATE TABLE package_role (
    tenant_id      BIGINT NOT NULL,
    origin_id      TEXT   NOT NULL,
    role_origin_id TEXT   NOT NULL,
    origin_system  TEXT   NOT NULL,
    package_id     TEXT   NOT NULL,
    role_scope_id  TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, origin_id, role_origin_id, origin_system, package_id),
    FOREIGN KEY (tenant_id, package_id) REFERENCES package (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX package_role_package ON package_role (tenant_id, package_id);
CREATE INDEX package_role_scope ON package_role (tenant_id, role_scope_id, package_id);

-- Changes whenever the rules about what must not be combined do, or what they are judged by. No row: no rule yet.
CREATE TABLE rule_stamp (
    tenant_id BIGINT NOT NULL PRIMARY KEY REFERENCES tenant (no),
    stamp     TEXT   NOT NULL
);

-- Rules that are lifted for somebody, until an instant.
CREATE TABLE incompatibility_exception (
    tenant_id   BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    package_id  TEXT   NOT NULL,
    other_id    TEXT   NOT NULL, -- the package, or ''
    group_id    TEXT   NOT NULL, -- ... the group, or ''
    target_id   TEXT   NOT NULL,
    from_at     BIGINT NOT NULL,
    until_at    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX exception_package ON incompatibility_exception (tenant_id, package_id, id);
CREATE INDEX exception_target ON incompatibility_exception (tenant_id, target_id, until_at);

-- Uses of policies for emergencies, and what those said who looked back at them. id is that of the request;
-- a row of work says when a review is overdue.
CREATE TABLE emergency_review (
    tenant_id  BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    catalog_id TEXT   NOT NULL,
    package_id TEXT   NOT NULL,
    target_id  TEXT   NOT NULL,
    status     TEXT   NOT NULL CHECK (status IN ('open', 'overdue', 'accessKept', 'accessRemoved')),
    opened_at  BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    doc        TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX emergency_status ON emergency_review (tenant_id, status, id);
CREATE INDEX emergency_target ON emergency_review (tenant_id, target_id, id);
CREATE INDEX emergency_package ON emergency_review (tenant_id, package_id, id);

-- Another organization whose people may ask for access; doc holds the sources and sponsors too.
CREATE TABLE connected_organization (
    tenant_id    BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    display_name TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('configured', 'proposed')),
    created_at   BIGINT NOT NULL,
    modified_at  BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX organization_name ON connected_organization (tenant_id, display_name, id);

-- By what its people are known; kind is the published type of the identity source, or 'domainOfTenant'.
CREATE TABLE organization_source (
    tenant_id       BIGINT NOT NULL,
    kind            TEXT   NOT NULL,
    value           TEXT   NOT NULL,
    organization_id TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, value, kind),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES connected_organization (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX organization_source_of ON organization_source (tenant_id, organization_id);

-- Who answers for its people; relation is the subject set that stands for them.
CREATE TABLE organization_sponsor (
    tenant_id       BIGINT NOT NULL,
    sponsor_id      TEXT   NOT NULL,
    relation        TEXT   NOT NULL CHECK (relation IN ('internalSponsors', 'externalSponsors')),
    organization_id TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, sponsor_id, relation, organization_id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES connected_organization (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX organization_sponsor_of ON organization_sponsor (tenant_id, organization_id);

CREATE TABLE policy (
    tenant_id    BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    package_id   TEXT   NOT NULL,
    catalog_id   TEXT   NOT NULL,
    display_name TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    modified_at  BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, package_id) REFERENCES package (tenant_id, id)
);
CREATE INDEX policy_package ON policy (tenant_id, package_id, id);
CREATE INDEX policy_name ON policy (tenant_id, display_name, id);

-- Which custom extensions a policy calls; doc of policy says when.
CREATE TABLE policy_extension (
    tenant_id    BIGINT NOT NULL,
    policy_id    TEXT   NOT NULL,
    extension_id TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, policy_id, extension_id),
    FOREIGN KEY (tenant_id, policy_id) REFERENCES policy (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, extension_id) REFERENCES custom_extension (tenant_id, id)
);
CREATE INDEX policy_extension_other ON policy_extension (tenant_id, extension_id);

-- For whom a policy that takes requests may be: an object by id, or '*' for anybody. The use case decides exactly.
CREATE TABLE policy_audience (
    tenant_id  BIGINT NOT NULL,
    who        TEXT   NOT NULL,
    package_id TEXT   NOT NULL,
    policy_id  TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, who, package_id, policy_id),
    FOREIGN KEY (tenant_id, policy_id) REFERENCES policy (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX policy_audience_policy ON policy_audience (tenant_id, policy_id);

-- Which connected organizations a policy names; doc of policy holds the same list.
CREATE TABLE policy_organization (
    tenant_id       BIGINT NOT NULL,
    policy_id       TEXT   NOT NULL,
    organization_id TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, policy_id, organization_id),
    FOREIGN KEY (tenant_id, policy_id) REFERENCES policy (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, organization_id) REFERENCES connected_organization (tenant_id, id)
);
CREATE INDEX policy_organization_of ON policy_organization (tenant_id, organization_id);

-- A request and an assignment name packages and policies without a foreign key: those may be deleted
-- while the past stays, and the request path locks nothing that is shared.
CREATE TABLE request (
    tenant_id       BIGINT  NOT NULL,
    id              TEXT    NOT NULL,
    version         BIGINT  NOT NULL,
    kind            TEXT    NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('Accepted', 'PendingApproval', 'PendingApprovalEscalated',
                        'PendingNotBefore', 'Delivering', 'Delivered', 'FulfilledNotificationTriggered', 'PartiallyDelivered', 'DeliveryFailed',
                        'Denied', 'Expired', 'Canceled', 'CallbackTimedOut',
                        'WaitingForCallback', 'WaitingForCallbackApproved', 'WaitingForCallbackDelivered')),
    catalog_id      TEXT    NOT NULL,
    package_id      TEXT    NOT NULL,
    policy_id       TEXT    NOT NULL,
    policy_version  BIGINT  NOT NULL,
    assignment_id   TEXT    NOT NULL,
    target_id       TEXT    NOT NULL,
    requestor_id    TEXT    NOT NULL,
    created_by      TEXT    NOT NULL,
    created_at      BIGINT  NOT NULL,
    completed_at    BIGINT,
    start_at        BIGINT,
    justification   TEXT    NOT NULL,
    approval_needed INTEGER NOT NULL,
    not_before      BIGINT,
    escalate_at     BIGINT,
    deny_at         BIGINT,
    next_due_at     BIGINT,
    detail          TEXT    NOT NULL, -- JSON: schedule end, answers, failure, tries, callouts; '' if there are none
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX request_open ON request (tenant_id, target_id, package_id) WHERE completed_at IS NULL;
CREATE INDEX request_target ON request (tenant_id, target_id, created_at);
CREATE INDEX request_requestor ON request (tenant_id, requestor_id, created_at);
CREATE INDEX request_created_by ON request (tenant_id, created_by, created_at);
CREATE INDEX request_status ON request (tenant_id, status, created_at);
CREATE INDEX request_package ON request (tenant_id, package_id, created_at);
CREATE INDEX request_created ON request (tenant_id, created_at);
CREATE INDEX request_due ON request (tenant_id, next_due_at, id) WHERE next_due_at IS NOT NULL;

CREATE TABLE approval (
    tenant_id    BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    catalog_id   TEXT   NOT NULL,
    target_id    TEXT   NOT NULL,
    requestor_id TEXT   NOT NULL,
    doc          TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX approval_target ON approval (tenant_id, target_id, id);

-- Who is asked in the stage in progress, as written in the policy; kind and ref are those of the subject
-- set. For managers ref is the target and level the distance; for sponsors it is the organization, or the
-- target. Rows go when the stage ends.
CREATE TABLE approval_asked (
    tenant_id   BIGINT  NOT NULL,
    approval_id TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    ref         TEXT    NOT NULL,
    level       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, ref, level, approval_id)
);
CREATE INDEX approval_asked_approval ON approval_asked (tenant_id, approval_id);

-- The stages of an approval, for filters; doc of approval holds all of them.
CREATE TABLE approval_stage (
    tenant_id   BIGINT  NOT NULL,
    approval_id TEXT    NOT NULL,
    no          INTEGER NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('Initializing', 'InProgress', 'Completed', 'Expired')),
    result      TEXT    NOT NULL CHECK (result IN ('NotReviewed', 'Approved', 'Denied')),
    PRIMARY KEY (tenant_id, approval_id, no)
);
CREATE INDEX approval_stage_status ON approval_stage (tenant_id, status, approval_id);

-- Whom the stages that were decided had asked: people, and groups with whoever is in them.
CREATE TABLE approval_past (
    tenant_id   BIGINT NOT NULL,
    ref         TEXT   NOT NULL,
    approval_id TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, ref, approval_id)
);
CREATE INDEX approval_past_approval ON approval_past (tenant_id, approval_id);

CREATE TABLE assignment (
    tenant_id      BIGINT  NOT NULL,
    id             TEXT    NOT NULL,
    version        BIGINT  NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('delivering', 'delivered', 'partiallyDelivered', 'deliveryFailed', 'expired')),
    catalog_id     TEXT    NOT NULL,
    package_id     TEXT    NOT NULL,
    policy_id      TEXT    NOT NULL,
    policy_version BIGINT  NOT NULL,
    target_id      TEXT    NOT NULL,
    request_id     TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL,
    start_at       BIGINT,
    expiration     TEXT    NOT NULL, -- type of the schedule's expiration
    end_at         BIGINT,           -- ... its instant
    duration       TEXT    NOT NULL, -- ... or its duration
    ends_at        BIGINT,           -- when it will end by itself
    expired_at     BIGINT,           -- when it ended
    extended       INTEGER NOT NULL,
    automatic      INTEGER NOT NULL, -- the rule of the policy gave it
    grace_at       BIGINT,           -- when it ends because that no longer matches
    told           TEXT    NOT NULL  -- what was last said about its end
                       CHECK (told IN ('', 'NearExpiry14DayNotificationTriggered', 'NearExpiry1DayNotificationTriggered', 'ExpiredNotificationTriggered')),
    next_due_at    BIGINT,
    detail         TEXT    NOT NULL, -- JSON: tries, callouts and those to come; '' if there are none
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX assignment_active ON assignment (tenant_id, target_id, policy_id) WHERE state <> 'expired';
CREATE INDEX assignment_package ON assignment (tenant_id, package_id, state, id);
CREATE INDEX assignment_target ON assignment (tenant_id, target_id, id); -- without the state, so that a change of it leaves it alone
CREATE INDEX assignment_catalog ON assignment (tenant_id, catalog_id, state, id);
CREATE INDEX assignment_state ON assignment (tenant_id, state, id);
CREATE INDEX assignment_policy ON assignment (tenant_id, policy_id, state, id);
CREATE INDEX assignment_due ON assignment (tenant_id, next_due_at, id) WHERE next_due_at IS NOT NULL;

-- How many requests and assignments there are of each state.
CREATE TABLE tally (
    tenant_id BIGINT NOT NULL,
    kind      TEXT   NOT NULL, -- the table
    state     TEXT   NOT NULL,
    slot      BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, state, slot)
);

CREATE TABLE access_grant (
    tenant_id      BIGINT  NOT NULL,
    id             TEXT    NOT NULL,
    version        BIGINT  NOT NULL,
    subject_id     TEXT    NOT NULL,
    resource_id    TEXT    NOT NULL,
    role_id        TEXT    NOT NULL,
    scope_id       TEXT    NOT NULL,
    origin_system  TEXT    NOT NULL,
    origin_id      TEXT    NOT NULL,
    role_origin_id TEXT    NOT NULL,
    status         TEXT    NOT NULL CHECK (status IN ('PendingFulfillment', 'Failed', 'Fulfilled', 'PendingRemoval', 'Removed')),
    error          TEXT    NOT NULL, -- why it could not be given or taken, the last time
    from_at        BIGINT  NOT NULL,
    to_at          BIGINT,
    preexisting    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX grant_open ON access_grant (tenant_id, subject_id, origin_system, origin_id, role_origin_id) WHERE to_at IS NULL;
CREATE INDEX grant_subject ON access_grant (tenant_id, subject_id, id);
CREATE INDEX grant_status ON access_grant (tenant_id, status, id);
CREATE INDEX grant_role ON access_grant (tenant_id, role_origin_id, id);

CREATE TABLE grant_source (
    tenant_id     BIGINT NOT NULL,
    assignment_id TEXT   NOT NULL,
    grant_id      TEXT   NOT NULL,
    from_at       BIGINT NOT NULL,
    to_at         BIGINT,
    PRIMARY KEY (tenant_id, assignment_id, grant_id, from_at)
);
CREATE INDEX grant_source_grant ON grant_source (tenant_id, grant_id);

-- Work that goes through many rows, batch by batch: reached tells how far it has come. The change that made
-- it necessary is on record, and so is all that it changes.
CREATE TABLE work (
    tenant_id   BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    ref         TEXT   NOT NULL,
    since       BIGINT NOT NULL,
    pass_at     BIGINT NOT NULL,
    reached     TEXT   NOT NULL,
    next_due_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, ref)
);
CREATE INDEX work_due ON work (tenant_id, next_due_at);

-- Requests that were sent with a key of the client's, so that sending one again makes no second one.
CREATE TABLE sent_once (
    tenant_id  BIGINT NOT NULL,
    caller_id  TEXT   NOT NULL,
    client_key TEXT   NOT NULL,
    content    TEXT   NOT NULL, -- a hash of what was asked
    request_id TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, caller_id, client_key)
);
CREATE INDEX sent_once_expires ON sent_once (tenant_id, expires_at);

-- What is to be told from next_due_at on; who is told, and how, is found out then. Rows go when it is done.
CREATE TABLE notice (
    tenant_id   BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    next_due_at BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX notice_due ON notice (tenant_id, next_due_at, id);

-- Calls of custom extensions that are still to be made, from next_due_at on. Rows go when it is done.
CREATE TABLE errand (
    tenant_id   BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    next_due_at BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX errand_due ON errand (tenant_id, next_due_at, id);

-- Who is told over HTTP of what changes.
CREATE TABLE subscription (
    tenant_id BIGINT NOT NULL,
    id        TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    owner_id  TEXT   NOT NULL,
    doc       TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX subscription_owner ON subscription (tenant_id, owner_id, id);

-- How far each subscription has come in the audit log; apart from it, because it moves by itself.
CREATE TABLE subscription_feed (
    tenant_id   BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    position    TEXT   NOT NULL, -- id of an audit record
    next_due_at BIGINT NOT NULL, -- nothing is sent before it
    wakes_at    BIGINT NOT NULL, -- when to look though nothing has happened
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX subscription_feed_due ON subscription_feed (tenant_id, next_due_at, id);

-- The outbox. A row never changes; a sender may take it from written_at on.
CREATE TABLE message (
    tenant_id     BIGINT NOT NULL,
    id            TEXT   NOT NULL,
    event         TEXT   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('mail', 'webhook')),
    recipient_id  TEXT   NOT NULL,
    address       TEXT   NOT NULL,
    subject       TEXT   NOT NULL,
    body          TEXT   NOT NULL,
    request_id    TEXT   NOT NULL,
    assignment_id TEXT   NOT NULL,
    package_id    TEXT   NOT NULL,
    occasion      TEXT   NOT NULL,
    written_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX message_once ON message (tenant_id, occasion, event, recipient_id, address);

CREATE TABLE directory_object (
    tenant_id        BIGINT  NOT NULL REFERENCES tenant (no),
    id               TEXT    NOT NULL,
    version          BIGINT  NOT NULL,
    kind             TEXT    NOT NULL CHECK (kind IN ('user', 'group', 'servicePrincipal', 'application', 'external')),
    subject_id       TEXT,            -- of users, service principals and external people
    display_name     TEXT    NOT NULL,
    mail             TEXT,
    principal_name   TEXT,
    mail_nickname    TEXT,
    given_name       TEXT,
    surname          TEXT,
    user_type        TEXT,
    department       TEXT,
    job_title        TEXT,
    company_name     TEXT,
    employee_id      TEXT,
    manager_id       TEXT,
    app_id           TEXT,
    enabled          INTEGER NOT NULL,
    mail_enabled     INTEGER,
    security_enabled INTEGER,
    group_types      TEXT,
    created_at       BIGINT  NOT NULL,
    deleted_at       BIGINT,
    doc              TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX object_principal_name ON directory_object (tenant_id, principal_name) WHERE principal_name IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX object_app_id ON directory_object (tenant_id, kind, app_id) WHERE app_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX object_kind ON directory_object (tenant_id, kind, id) WHERE deleted_at IS NULL;
CREATE INDEX object_deleted ON directory_object (tenant_id, kind, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX object_name ON directory_object (tenant_id, kind, display_name, id);
CREATE INDEX object_mail ON directory_object (tenant_id, mail) WHERE mail IS NOT NULL;
CREATE UNIQUE INDEX object_subject ON directory_object (tenant_id, subject_id) WHERE subject_id IS NOT NULL;
CREATE UNIQUE INDEX object_external_mail ON directory_object (tenant_id, mail) WHERE kind = 'external' AND mail IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX object_manager ON directory_object (tenant_id, manager_id) WHERE manager_id IS NOT NULL;

-- Who sponsors a user; doc of directory_object holds the same list.
CREATE TABLE user_sponsor (
    tenant_id  BIGINT NOT NULL,
    sponsor_id TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, sponsor_id, user_id)
);
CREATE INDEX user_sponsor_user ON user_sponsor (tenant_id, user_id);

-- The life of guests whom entitlement management looks after.
CREATE TABLE guest (
    tenant_id   BIGINT NOT NULL,
    id          TEXT   NOT NULL, -- of the directory object
    version     BIGINT NOT NULL,
    next_due_at BIGINT,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX guest_due ON guest (tenant_id, next_due_at, id) WHERE next_due_at IS NOT NULL;

-- One row for a tenant, once its administrators have changed something.
CREATE TABLE tenant_settings (
    tenant_id BIGINT NOT NULL,
    id        TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    doc       TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE membership (
    tenant_id BIGINT NOT NULL,
    group_id  TEXT   NOT NULL,
    relation  TEXT   NOT NULL CHECK (relation IN ('member', 'owner')),
    member_id TEXT   NOT NULL,
    since     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, relation, member_id)
);
CREATE INDEX membership_member ON membership (tenant_id, member_id, relation, group_id);

CREATE TABLE app_role_assignment (
    tenant_id    BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    principal_id TEXT   NOT NULL,
    resource_id  TEXT   NOT NULL,
    role_id      TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX app_role_principal ON app_role_assignment (tenant_id, principal_id, resource_id, role_id);
CREATE INDEX app_role_resource ON app_role_assignment (tenant_id, resource_id, id);

CREATE TABLE role_assignment (
    tenant_id    BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    provider     TEXT   NOT NULL CHECK (provider IN ('entitlementManagement', 'directory')),
    principal_id TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    catalog_id   TEXT   NOT NULL, -- '' for the whole tenant
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX role_assignment_key ON role_assignment (tenant_id, principal_id, role, catalog_id, provider);
CREATE INDEX role_assignment_catalog ON role_assignment (tenant_id, catalog_id);

-- The work of automatic policies (entitlement.Rollout): which version of one is in force, and how far the
-- way to the wanted one has got.
CREATE TABLE automatic_rollout (
    tenant_id       BIGINT  NOT NULL,
    id              TEXT    NOT NULL, -- of the policy
    version         BIGINT  NOT NULL,
    package_id      TEXT    NOT NULL,
    in_force        BIGINT  NOT NULL,
    wanted          BIGINT  NOT NULL,
    ending          INTEGER NOT NULL,
    ended           INTEGER NOT NULL,
    phase           TEXT    NOT NULL CHECK (phase IN ('idle', 'clearing', 'planning', 'waiting', 'working')),
    plan            BIGINT  NOT NULL,
    place           TEXT    NOT NULL, -- how far the pass has got
    users           BIGINT  NOT NULL,
    adds            BIGINT  NOT NULL,
    removes         BIGINT  NOT NULL,
    people          INTEGER NOT NULL, -- they have changed, and not the policy
    since           BIGINT,           -- ... and what single changes of theirs have done since then
    since_adds      BIGINT  NOT NULL,
    since_removes   BIGINT  NOT NULL,
    asks_properties TEXT    NOT NULL, -- what the rules ask about, separated by spaces
    asks_groups     TEXT    NOT NULL,
    next_due_at     BIGINT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX automatic_rollout_due ON automatic_rollout (tenant_id, next_due_at, id) WHERE next_due_at IS NOT NULL;

-- Whom the change of an automatic policy touches, and how.
CREATE TABLE automatic_plan (
    tenant_id BIGINT NOT NULL,
    policy_id TEXT   NOT NULL,
    plan      BIGINT NOT NULL,
    user_id   TEXT   NOT NULL,
    kind      TEXT   NOT NULL CHECK (kind IN ('add', 'remove', 'look')),
    PRIMARY KEY (tenant_id, policy_id, plan, user_id)
);

-- The users about whom automatic policies have to decide anew, because something that rules ask about
-- has changed, or because they should have packages that they could not get.
CREATE TABLE automatic_touched (
    tenant_id   BIGINT NOT NULL,
    user_id     TEXT   NOT NULL,
    next_due_at BIGINT NOT NULL,
    blocked     TEXT   NOT NULL, -- those packages, separated by spaces
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX automatic_touched_due ON automatic_touched (tenant_id, next_due_at, user_id);

CREATE TABLE audit (
    tenant_id         BIGINT NOT NULL,
    id                TEXT   NOT NULL,
    at                BIGINT NOT NULL,
    actor_kind        TEXT   NOT NULL,
    actor_id          TEXT   NOT NULL,
    actor_name        TEXT   NOT NULL,
    actor_app         TEXT   NOT NULL,
    on_behalf         TEXT   NOT NULL,
    action            TEXT   NOT NULL,
    object_kind       TEXT   NOT NULL,
    object_id         TEXT   NOT NULL,
    object_name       TEXT   NOT NULL,
    before_version    BIGINT NOT NULL,
    after_version     BIGINT NOT NULL,
    result            TEXT   NOT NULL CHECK (result IN ('success', 'failure')),
    reason            TEXT   NOT NULL,
    request_id        TEXT   NOT NULL,
    client_request_id TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_object ON audit (tenant_id, object_id, id);
CREATE INDEX audit_at ON audit (tenant_id, at, id); -- new records stand at its end, so that it costs writers little
CREATE INDEX audit_action ON audit (tenant_id, action, at);
CREATE INDEX audit_actor ON audit (tenant_id, actor_id, at) WHERE actor_id <> ''; -- most records are the system's
CREATE INDEX audit_actor_name ON audit (tenant_id, actor_name, at);
CREATE INDEX audit_actor_app ON audit (tenant_id, actor_app, at) WHERE actor_app <> '';

-- The after-image of every change. A version holds from valid_from until the next version's valid_from;
-- a deleted object's last version has no image.
CREATE TABLE version (
    tenant_id  BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    object_id  TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    valid_from BIGINT NOT NULL,
    image      TEXT,
    PRIMARY KEY (tenant_id, object_id, kind, version)
);
