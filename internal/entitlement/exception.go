package entitlement

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// longestException is for how long a rule can be lifted at most. Who needs
// more has it approved again.
const longestException = 366 * 24 * time.Hour

// Exception lifts one rule for one person until an instant. Somebody with the
// right to answers for it, and never the person it is about.
type Exception struct {
	ID      ExceptionID
	Version int64
	Catalog CatalogID // of Rule.Package

	Rule        Rule // Package is the one that the exception is about
	Target      directory.ObjectID
	From, Until time.Time
	RemoveAtEnd bool // take the package away at the end, if the rule is violated then
	Reason      string
	ApprovedBy  Actor
	CreatedAt   time.Time
	EndedAt     time.Time // when its end was acted upon; zero before
}

// Holds reports whether the exception lifts its rule at now.
func (x Exception) Holds(now time.Time) bool {
	return x.EndedAt.IsZero() && !now.Before(x.From) && now.Before(x.Until)
}

// Lifts reports whether the exception lifts the rule for the target at now.
func (x Exception) Lifts(rule Rule, target directory.ObjectID, now time.Time) bool {
	return x.Target == target && x.Rule.Same(rule) && x.Holds(now)
}

// Check reports what is wrong with a new exception, as a fault.Invalid; rules
// are those of the tenant and target is the object that it is for.
func (x Exception) Check(rules Rules, target directory.Object, now time.Time) error {
	bad := func(property, format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidModel", format, args...).At(property)
	}
	switch {
	case (x.Rule.Other == "") == (x.Rule.Group == ""):
		return bad("incompatibleAccessPackageId",
			"Name what the access package may be combined with: either incompatibleAccessPackageId or incompatibleGroupId.")
	case !rules.Has(x.Rule):
		return fault.New(fault.Invalid, "NotIncompatible",
			"The access package is not incompatible with this one, so there is nothing to make an exception from.")
	case target.ID == "" || !target.Active():
		return fault.New(fault.Invalid, "TargetNotAllowed", "The target %s is not an active object of this directory.", x.Target).At("targetId")
	case x.Until.IsZero():
		return bad("endDateTime", "An exception ends: set endDateTime.")
	case !x.Until.After(now) || !x.Until.After(x.From):
		return bad("endDateTime", "endDateTime must lie in the future, and after startDateTime.")
	case x.Until.Sub(x.From) > longestException:
		return bad("endDateTime", "An exception lasts %d days at most; it can be approved again.", int(longestException.Hours())/24)
	case strings.TrimSpace(x.Reason) == "":
		return bad("justification", "Say in justification why the exception is made.")
	case utf8.RuneCountInString(x.Reason) > MaxJustification:
		return bad("justification", "justification is longer than %d characters.", MaxJustification)
	}
	return nil
}

// ExceptionView includes "target", "package", "otherPackage" and "group".
type ExceptionView struct {
	Exception
	Now       time.Time // when it is looked at
	OfTarget  *Subject
	OfPackage *PackageView
	With      *PackageView
	WithGroup *directory.Object
}

// ExceptionStatus tells where an exception stands in its time.
type ExceptionStatus string

// The statuses of an exception.
const (
	ExceptionScheduled ExceptionStatus = "scheduled"
	ExceptionActive    ExceptionStatus = "active"
	ExceptionEnded     ExceptionStatus = "ended"
)

// Status returns where the exception stands when it is looked at.
func (v ExceptionView) Status() ExceptionStatus {
	switch {
	case v.Holds(v.Now):
		return ExceptionActive
	case v.EndedAt.IsZero() && v.Now.Before(v.From):
		return ExceptionScheduled
	}
	return ExceptionEnded
}

// ViolationView is an assignment that must not be together with what its
// target has besides. It includes "target" and "package".
type ViolationView struct {
	Assignment
	Conflicts []Conflict
	OfTarget  *Subject
	OfPackage *PackageView
}
