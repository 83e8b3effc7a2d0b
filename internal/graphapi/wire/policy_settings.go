package wire

import (
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

var (
	targetScopesV1 = alike(both("allowedTargetScope"),
		entitlement.ScopeNobody, entitlement.ScopeSpecificUsers, entitlement.ScopeSpecificOrgs, entitlement.ScopeSpecificPrincipals,
		entitlement.ScopeAllMembers, entitlement.ScopeAllUsers, entitlement.ScopeAllPrincipals, entitlement.ScopeAllConfiguredOrgs,
		entitlement.ScopeAllExternal, entitlement.ScopeAllAgentIdentities).
		with(word{is: string(entitlement.ScopeAllExistingOrgsLegacy), v1: string(entitlement.ScopeAllConfiguredOrgs)})

	targetScopesBeta = (&vocabulary{}).
				with(word{is: string(entitlement.ScopeNobody), beta: "NoSubjects"}).
				with(word{is: string(entitlement.ScopeSpecificUsers), beta: "SpecificDirectorySubjects"}).
				with(word{is: string(entitlement.ScopeSpecificOrgs), beta: "SpecificConnectedOrganizationSubjects"}).
				with(word{is: string(entitlement.ScopeAllMembers), beta: "AllExistingDirectoryMemberUsers"}).
				with(word{is: string(entitlement.ScopeAllUsers), beta: "AllExistingDirectorySubjects"}).
				with(word{is: string(entitlement.ScopeAllConfiguredOrgs), beta: "AllConfiguredConnectedOrganizationSubjects"}).
				with(word{is: string(entitlement.ScopeAllExistingOrgsLegacy), beta: "AllExistingConnectedOrganizationSubjects"}).
				with(word{is: string(entitlement.ScopeAllExternal), beta: "AllExternalSubjects"})
)

// v1Scope reports whether a scope has no counterpart in beta.
func v1Scope(s entitlement.TargetScope) bool {
	return s == entitlement.ScopeSpecificPrincipals || s == entitlement.ScopeAllPrincipals || s == entitlement.ScopeAllAgentIdentities
}

var requestorSettingsV1 = complexType(record[entitlement.RequestorSettings]{
	name: onlyV1("accessPackageAssignmentRequestorSettings"),
	props: []property[entitlement.RequestorSettings]{
		flag(both("allowCustomAssignmentSchedule"), func(r *entitlement.RequestorSettings) *bool { return &r.CustomSchedule }),
		flag(both("enableOnBehalfRequestorsToAddAccess"), func(r *entitlement.RequestorSettings) *bool { return &r.OnBehalfAdd }),
		flag(both("enableOnBehalfRequestorsToRemoveAccess"), func(r *entitlement.RequestorSettings) *bool { return &r.OnBehalfRemove }),
		flag(both("enableOnBehalfRequestorsToUpdateAccess"), func(r *entitlement.RequestorSettings) *bool { return &r.OnBehalfUpdate }),
		flag(both("enableTargetsToSelfAddAccess"), func(r *entitlement.RequestorSettings) *bool { return &r.SelfAdd }),
		flag(both("enableTargetsToSelfRemoveAccess"), func(r *entitlement.RequestorSettings) *bool { return &r.SelfRemove }),
		flag(both("enableTargetsToSelfUpdateAccess"), func(r *entitlement.RequestorSettings) *bool { return &r.SelfUpdate }),
		sets(both("onBehalfRequestors"), func(r *entitlement.RequestorSettings) *[]entitlement.SubjectSet { return &r.OnBehalfRequestors }),
	},
})

// requestorSettingsBeta holds members that v1.0 has in the policy itself.
var requestorSettingsBeta = complexType(record[policy]{
	name: onlyBeta("requestorSettings"),
	props: []property[policy]{
		betaScope(),
		flag(both("acceptRequests"), func(p *policy) *bool { return &p.AcceptRequests }),
		betaRequestors(),
		shown(both("@em.v1Scope"), "Edm.String", func(b []byte, p *policy, _ *Shape) []byte { return appendString(b, p.Scope) }).
			unless(func(p *policy) bool { return !v1Scope(p.Scope) }),
	},
	finish: func(_ *reader, body *value, p *policy) error {
		if body.first("acceptRequests") == nil {
			// Nobody may ask anyway; what remains open is direct assignment.
			p.AcceptRequests = p.Scope == entitlement.ScopeNobody
		}
		return nil
	},
})

func betaScope() property[policy] {
	p := choice(both("scopeType"), targetScopesBeta, func(p *policy) *entitlement.TargetScope { return &p.Scope }).
		orElse(func(p *policy) {
			if !v1Scope(p.Scope) {
				p.Scope = entitlement.ScopeNobody
			}
		})
	put, set := p.put, p.set
	p.put = func(b []byte, t *policy, s *Shape) []byte {
		if v1Scope(t.Scope) {
			return appendString(b, "NoSubjects")
		}
		return put(b, t, s)
	}
	p.set = func(r *reader, v *value, t *policy) error {
		// A scope that only v1.0 has is what was read; see finishPolicy.
		if v1Scope(t.Scope) {
			return nil
		}
		return set(r, v, t)
	}
	return p
}

// betaRequestors shows nobody for a scope that beta reads as nobody.
func betaRequestors() property[policy] {
	p := sets(both("allowedRequestors"), func(p *policy) *[]entitlement.SubjectSet { return &p.AllowedTargets })
	put := p.put
	p.put = func(b []byte, t *policy, s *Shape) []byte {
		if v1Scope(t.Scope) {
			return appendSets(b, nil, s)
		}
		return put(b, t, s)
	}
	return p
}

var approvalSettings = complexType(record[entitlement.ApprovalSettings]{
	name: renamed("accessPackageAssignmentApprovalSettings", "approvalSettings"),
	props: []property[entitlement.ApprovalSettings]{
		flag(renamed("isApprovalRequiredForAdd", "isApprovalRequired"), func(a *entitlement.ApprovalSettings) *bool { return &a.RequiredForAdd }),
		flag(renamed("isApprovalRequiredForUpdate", "isApprovalRequiredForExtension"), func(a *entitlement.ApprovalSettings) *bool { return &a.RequiredForUpdate }),
		flag(both("isRequestorJustificationRequired"), func(a *entitlement.ApprovalSettings) *bool { return &a.RequestorJustificationRequired }),
		approvalMode(),
		approvalStages(),
	},
	input: []input[entitlement.ApprovalSettings]{
		{names: []string{"approvalMode"}, set: readApprovalMode},
	},
})

// approvalMode follows from the stages.
func approvalMode() property[entitlement.ApprovalSettings] {
	p := shown(onlyBeta("approvalMode"), "Edm.String", func(b []byte, a *entitlement.ApprovalSettings, _ *Shape) []byte {
		return appendString(b, []string{"NoApproval", "SingleStage", "Serial"}[min(len(a.Stages), 2)])
	})
	return p
}

func readApprovalMode(r *reader, v *value, _ *entitlement.ApprovalSettings) error {
	mode, err := alike(Names{}, "NoApproval", "SingleStage", "Serial", "Parallel").read(r, v)
	if err == nil && mode == "Parallel" {
		return fault.New(fault.Invalid, "NotSupported", "The approvalMode Parallel is not supported; stages are asked one after another.").At("approvalMode")
	}
	return err
}

// standardTimeOut is how long a stage waits if nobody says.
var standardTimeOut = entitlement.Days(14)

type stageOfPolicy = entitlement.StageSettings

var stageSettings = complexType(record[stageOfPolicy]{
	name: renamed("accessPackageApprovalStage", "approvalStage"), props: stageProperties(),
})

func stageProperties() []property[stageOfPolicy] {
	return []property[stageOfPolicy]{
		duration(onlyV1("durationBeforeAutomaticDenial"), func(s *stageOfPolicy) *entitlement.Duration { return &s.TimeOut }).
			orElse(func(s *stageOfPolicy) { s.TimeOut = standardTimeOut }),
		counted(onlyBeta("approvalStageTimeOutInDays"), daysOf, entitlement.Days,
			func(s *stageOfPolicy) *entitlement.Duration { return &s.TimeOut }).
			orElse(func(s *stageOfPolicy) { s.TimeOut = standardTimeOut }),
		flag(both("isApproverJustificationRequired"), func(s *stageOfPolicy) *bool { return &s.ApproverJustificationRequired }),
		flag(both("isEscalationEnabled"), func(s *stageOfPolicy) *bool { return &s.EscalationEnabled }),
		duration(onlyV1("durationBeforeEscalation"), func(s *stageOfPolicy) *entitlement.Duration { return &s.EscalateAfter }),
		counted(onlyBeta("escalationTimeInMinutes"), minutesOf, ofMinutes,
			func(s *stageOfPolicy) *entitlement.Duration { return &s.EscalateAfter }),
		sets(onlyV1("primaryApprovers"), primaryOf),
		sets(onlyV1("fallbackPrimaryApprovers"), fallbackOf),
		sets(onlyV1("escalationApprovers"), escalationOf),
		sets(onlyV1("fallbackEscalationApprovers"), fallbackEscalationOf),
		setsWithBackups(onlyBeta("primaryApprovers"), primaryOf, fallbackOf),
		setsWithBackups(onlyBeta("escalationApprovers"), escalationOf, fallbackEscalationOf),
		choice(both("approverInformationVisibility"), alike(both("approverInformationVisibility"), "default", "notVisible", "visible"),
			func(s *stageOfPolicy) *string { return &s.InformationVisibility }).orElse(func(s *stageOfPolicy) { s.InformationVisibility = "default" }),
	}
}

func primaryOf(s *stageOfPolicy) *[]entitlement.SubjectSet            { return &s.Primary }
func fallbackOf(s *stageOfPolicy) *[]entitlement.SubjectSet           { return &s.FallbackPrimary }
func escalationOf(s *stageOfPolicy) *[]entitlement.SubjectSet         { return &s.Escalation }
func fallbackEscalationOf(s *stageOfPolicy) *[]entitlement.SubjectSet { return &s.FallbackEscalate }

// counted is a duration that beta counts in days or minutes. It is a number
// always, which typed clients rely on.
func counted[T any](n Names, count func(entitlement.Duration) int, of func(int) entitlement.Duration, at func(*T) *entitlement.Duration) property[T] {
	return property[T]{
		names: n, types: typed(n, "Edm.Int32"),
		put: func(b []byte, t *T, _ *Shape) []byte { return appendInt(b, count(*at(t))) },
		set: func(_ *reader, v *value, t *T) error {
			n, err := v.asInt()
			if err == nil && n < 0 {
				return wrong("must not be negative")
			}
			if err == nil {
				*at(t) = of(n)
			}
			return err
		},
		unset: func(t *T) { *at(t) = "" },
	}
}

var automaticSettings = complexType(record[entitlement.AutomaticSettings]{
	name: onlyV1("accessPackageAutomaticRequestSettings"),
	props: []property[entitlement.AutomaticSettings]{
		duration(both("gracePeriodBeforeAccessRemoval"), func(a *entitlement.AutomaticSettings) *entitlement.Duration { return &a.GracePeriod }),
		flag(both("removeAccessWhenTargetLeavesAllowedTargets"), func(a *entitlement.AutomaticSettings) *bool { return &a.RemoveWhenTargetLeaves }),
		flag(both("requestAccessForAllowedTargets"), func(a *entitlement.AutomaticSettings) *bool { return &a.RequestForAllowedTargets }),
	},
})

var notificationSettings = complexType(record[policy]{
	name: both("accessPackageNotificationSettings"),
	props: []property[policy]{
		flag(both("isAssignmentNotificationDisabled"), func(p *policy) *bool { return &p.AssignmentNotificationDisabled }),
	},
})

var credentialType = complexType(record[entitlement.VerifiedCredential]{
	name: onlyBeta("verifiableCredentialType"),
	props: []property[entitlement.VerifiedCredential]{
		plain(both("credentialType"), func(c *entitlement.VerifiedCredential) *string { return &c.Type }).due(),
		texts(both("issuers"), func(c *entitlement.VerifiedCredential) *[]string { return &c.Issuers }),
	},
})

var credentialTypes = complexType(record[policy]{
	name: onlyBeta("verifiableCredentialSettings"),
	props: []property[policy]{
		objects(both("credentialTypes"), credentialType, func(p *policy) *[]entitlement.VerifiedCredential { return &p.VerifiedCredentials }),
	},
})

// credentialSettings is null when no credential is asked for.
func credentialSettings() property[policyView] {
	p := object(onlyBeta("verifiableCredentialSettings"), credentialTypes, func(p *policyView) *policy { return &p.Policy }).
		orElse(func(p *policyView) { p.VerifiedCredentials = nil })
	put := p.put
	p.put = func(b []byte, t *policyView, s *Shape) []byte {
		if len(t.VerifiedCredentials) == 0 {
			return append(b, "null"...)
		}
		return put(b, t, s)
	}
	return p
}
