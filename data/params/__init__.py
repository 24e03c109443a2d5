"""The project's `params.yaml` as frozen typed models."""

from data.params.ads import AdColumns, AdLogParams, AdSplits, AdWorldParams
from data.params.boards import BoardColumns, BoardsParams, ItemLists
from data.params.captions import CaptionsParams
from data.params.catalogue import CatalogueColumns, CatalogueParams, HashedItemSplits, HashedSplits
from data.params.impressions import ImpressionLogParams
from data.params.judgements import JudgementColumns, JudgementsFile, QueriesFile, QueryColumns
from data.params.logs import (
    EventColumns,
    EventLogParams,
    ItemColumns,
    ItemsFile,
    LogSplits,
    SequencesParams,
    TimeSplit,
)
from data.params.messages import MessageLogParams, MessageWorldParams
from data.params.origins import Archive, Download, FromFile, FromFolder
from data.params.outfits import OutfitColumns, OutfitsParams
from data.params.pictures import Damaged, ImageFolderParams, Splits, TablesParams, WorldBehaviour, WorldParams
from data.params.project import DatasetParams, Engine, Params, load
from data.params.relative import RelativeCaptionsParams
from data.params.segmented import SegmentedPhotosParams
from data.params.strict import Strict, explain
from data.params.text import Column, Key, TextTable
from data.params.texts import LabelledTexts, LabelledTextsParams, LabelsOf

__all__ = [
    "AdColumns",
    "AdLogParams",
    "AdSplits",
    "AdWorldParams",
    "Archive",
    "BoardColumns",
    "BoardsParams",
    "CaptionsParams",
    "CatalogueColumns",
    "CatalogueParams",
    "Column",
    "Damaged",
    "DatasetParams",
    "Download",
    "Engine",
    "EventColumns",
    "EventLogParams",
    "FromFile",
    "FromFolder",
    "HashedItemSplits",
    "HashedSplits",
    "ImageFolderParams",
    "ImpressionLogParams",
    "ItemColumns",
    "ItemLists",
    "ItemsFile",
    "JudgementColumns",
    "JudgementsFile",
    "Key",
    "LabelledTexts",
    "LabelledTextsParams",
    "LabelsOf",
    "LogSplits",
    "MessageLogParams",
    "MessageWorldParams",
    "OutfitColumns",
    "OutfitsParams",
    "Params",
    "QueriesFile",
    "QueryColumns",
    "RelativeCaptionsParams",
    "SegmentedPhotosParams",
    "SequencesParams",
    "Splits",
    "Strict",
    "TablesParams",
    "TextTable",
    "TimeSplit",
    "WorldBehaviour",
    "WorldParams",
    "explain",
    "load",
]
