"""Which objects have a role in hot desking, and what keeps that from being certain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import compress
from typing import NamedTuple

from auditor.messages.message import Message, say, say_count
from auditor.model.site import HotDesk
from auditor.model.snapshot import USER_KINDS, PbxObject, Snapshot
from auditor.model.vocabulary import Area, Coverage
from auditor.pbx.hot_desk_roles import (
    BASE_LONG_NAME,
    BASE_NAME,
    base_names,
    bear,
    has_other_id,
    has_own_name_as_hardware_id,
    is_base_user,
    looks_like_base_user,
    temporary_names,
    unnamed_registrations,
)
from auditor.values.names import folded


class RoleMembers(NamedTuple):
    """The objects in one role. `doubts` says what keeps the selection from being certain."""

    members: tuple[PbxObject, ...]
    doubts: tuple[Message, ...] = ()


class HotDeskMembers:
    """Finds the members of each role: named in the site file, or by name, script and hardware ids.

    `shown_in_part` are the objects of which not everything that is configured was delivered.
    """

    def __init__(
        self, snapshot: Snapshot, hot_desk: HotDesk, shown_in_part: Sequence[PbxObject]
    ) -> None:
        self._snapshot = snapshot
        self._hot_desk = hot_desk
        self._shown_in_part = shown_in_part

    @cached_property
    def with_other_ids(self) -> Sequence[PbxObject]:
        """The objects with a hardware id that is not a device's own."""
        return [one for one in self._snapshot.objects if has_other_id(one)]

    @cached_property
    def _of_telling_names(self) -> Sequence[PbxObject]:
        """The objects whose short or long name is one of a base or temporary user, if any is."""
        hot_desk = self._hot_desk
        scripted = [entry.h323 for entry in self._snapshot.scripted if entry.h323]
        names = {BASE_NAME, BASE_LONG_NAME, *base_names(hot_desk, scripted)}
        names |= temporary_names(hot_desk)
        objects = self._snapshot.objects
        return list(compress(objects, bear(objects, names)))

    @cached_property
    def base_users(self) -> RoleMembers:
        """The base users: named in the site file, or found by name or expert script."""
        hot_desk = self._hot_desk
        scripted = [entry.h323 for entry in self._snapshot.scripted if entry.h323]
        names = base_names(hot_desk, scripted)
        members = tuple(o for o in self._of_telling_names if is_base_user(o, names, hot_desk))
        if hot_desk.base_users is not None:
            others = [
                *(o.label for o in self._of_telling_names if looks_like_base_user(o, hot_desk)),
                *unnamed_registrations(hot_desk, scripted),
            ]
            return self._stated(hot_desk.base_users, members, self._unnamed("base_users", others))
        doubts = list(self._duplicates(members))
        if not members:
            doubts.append(
                say("no base user was found; name it in the site file, [hot_desk] base_users")
            )
        elif self._snapshot.coverage(Area.OBJECTS) is not Coverage.COMPLETE:
            doubts.append(say("not all objects could be read, so there may be another base user"))
        return RoleMembers(members, (*doubts, *self._nameless))

    @cached_property
    def temporary_users(self) -> RoleMembers:
        """Temporary provisioning users that exist on the PBX."""
        names = temporary_names(self._hot_desk)
        members = tuple(
            o for o in self._of_telling_names if o.kind in USER_KINDS and folded(o.h323) in names
        )
        doubts = list(self._nameless)
        if self._snapshot.coverage(Area.OBJECTS) is not Coverage.COMPLETE:
            doubts.append(say("not all objects could be read, so there may be a temporary user"))
        return RoleMembers(members, tuple(doubts))

    @cached_property
    def hot_desk_users(self) -> RoleMembers:
        """The people who log in on shared phones: named, or derived from their hardware ids."""
        stated = self._hot_desk.users
        if stated is not None:
            return self._stated_hot_desk_users(stated)
        others = {o.key for o in (*self.base_users.members, *self.temporary_users.members)}
        members = tuple(
            o for o in self.with_other_ids if o.kind in USER_KINDS and o.key not in others
        )
        return RoleMembers(members, (*self._without_devices(), *self._duplicates(members)))

    def _without_devices(self) -> Iterable[Message]:
        """Yield a doubt if some users do not show the hardware ids by which the role is found."""
        users = [o for o in self._shown_in_part if o.kind in USER_KINDS]
        count = sum(not user.shows("devices") for user in users)
        if count:
            yield say_count(
                "{count} user does not show its hardware ids",
                "{count} users do not show their hardware ids",
                count=count,
            )

    def _stated_hot_desk_users(self, stated: Sequence[str]) -> RoleMembers:
        """Return the named users; that there are none is in doubt if somebody is set up as one."""
        names = set(map(folded, stated))
        users = [o for o in self._snapshot.objects if o.kind in USER_KINDS]
        members = tuple(o for o in users if folded(o.h323) in names)
        not_people = {o.key for o in (*self.base_users.members, *self.temporary_users.members)}
        others = [
            o.label
            for o in users
            if not stated and has_own_name_as_hardware_id(o) and o.key not in not_people
        ]
        return self._stated(stated, members, self._unnamed("users", others))

    @staticmethod
    def _unnamed(key: str, others: Sequence[str]) -> Iterable[Message]:
        """Yield a doubt if the evidence does not go with what the site file states."""
        if others:
            yield say(
                "[hot_desk] {key} does not name {name}, but the evidence shows it as one",
                key=key,
                name=others[0],
            )

    @cached_property
    def _nameless(self) -> tuple[Message, ...]:
        """A doubt if some objects do not show the name by which a role is found."""
        count = sum(not one.shows("h323") for one in self._shown_in_part)
        doubt = say_count(
            "{count} object does not show its name", "{count} objects do not show their name", count
        )
        return (doubt,) if count else ()

    def _stated(
        self, names: Iterable[str], members: tuple[PbxObject, ...], others: Iterable[Message]
    ) -> RoleMembers:
        present = {folded(o.h323) for o in members}
        doubts = [
            say("{name} is named in the site file, but not on the PBX", name=name)
            for name in names
            if folded(name) not in present
        ]
        return RoleMembers(members, (*doubts, *others, *self._duplicates(members)))

    def _duplicates(self, members: Iterable[PbxObject]) -> Iterable[Message]:
        seen: dict[str, int] = {}
        for member in members:
            name = folded(member.h323)
            seen[name] = seen.get(name, 0) + 1
        for name, count in seen.items():
            if count > 1:
                yield say(
                    "{count} objects are named {name}, so the evidence contradicts itself",
                    count=count,
                    name=name,
                )
