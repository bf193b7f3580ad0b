"""Invented people: names drawn from common characters, telephone numbers of a pattern nobody has."""

from __future__ import annotations

import dataclasses

import numpy as np

from gridmgmt.roads.model import NewPerson

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文华建国志玉兰海燕红梅鹏飞宇航晨浩然欣怡雪琳佳慧思远嘉诚子涵俊熙雨桐博文晓峰立新春生云帆启航安宁少华振东永康世昌长江卫民学文金凤小红"


@dataclasses.dataclass
class Register:
    """Hands out new people with running staff numbers."""

    rng: np.random.Generator
    people: list[NewPerson] = dataclasses.field(default_factory=list)

    def hire(self, agency: str) -> str:
        """Add a person of an agency and return the staff number."""
        number = len(self.people) + 1
        given = "".join(GIVEN[index] for index in self.rng.integers(0, len(GIVEN), self.rng.integers(1, 3)))
        name = SURNAMES[int(len(SURNAMES) * self.rng.random() ** 1.7)] + given
        phone = f"199-{number // 10_000:04d}-{number % 10_000:04d}"
        self.people.append(NewPerson(f"DEMO-{number:06d}", name, phone, agency))
        return self.people[-1].code
